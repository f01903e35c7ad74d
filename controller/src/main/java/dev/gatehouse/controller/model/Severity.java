package dev.gatehouse.controller.model;

/** How much of what the object asks for is served. */
public enum Severity {
    /** All of it, but not as its author may think. */
    WARNING,
    /** The part that the finding names is not served. */
    ERROR
}
