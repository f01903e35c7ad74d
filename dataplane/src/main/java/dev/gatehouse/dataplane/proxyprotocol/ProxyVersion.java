package dev.gatehouse.dataplane.proxyprotocol;

/** How a header is spelled: as a line of text or as a block of bytes. */
public enum ProxyVersion {
    V1,
    V2
}
