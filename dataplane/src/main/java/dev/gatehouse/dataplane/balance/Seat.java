package dev.gatehouse.dataplane.balance;

/** An endpoint within its upstream, with what the upstream says of it. */
record Seat(Endpoint endpoint, Member member) {

    int weight() {
        return member.weight();
    }
}
