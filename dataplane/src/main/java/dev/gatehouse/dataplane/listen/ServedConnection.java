package dev.gatehouse.dataplane.listen;

/** A client's connection, of whatever protocol, as its listener sees it. Event loop only. */
interface ServedConnection {
    /** No further request is taken; a connection between requests ends now, others when they have answered. */
    void drain();

    /** Ends the connection, whatever it is doing. */
    void closeNow();
}
