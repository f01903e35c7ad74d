package dev.gatehouse.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The name of this machine; in a pod the pod's. */
final class HostName {

    private HostName() {}

    static String own() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unnamed";
        }
    }
}
