package dev.gatehouse.dataplane.loop;

/** Something with deadlines that a {@link Ticker} looks at. Event loop only. */
public interface Timed {
    /** Acts on what is due. May remove itself and others from the ticker. */
    void tick(long nowMillis);

    /** Where the ticker keeps it; the ticker's own. */
    int slot();

    void slot(int slot);
}
