package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.lead.Leadership;
import dev.gatehouse.controller.status.StatusBoard;

/** What the leader does beyond what every replica does. */
final class Duties implements Leadership.Duty {

    private final StatusBoard board;

    Duties(StatusBoard board) {
        this.board = board;
    }

    @Override
    public void takeUp() {
        board.lookAtAll();
    }

    @Override
    public void layDown() {}
}
