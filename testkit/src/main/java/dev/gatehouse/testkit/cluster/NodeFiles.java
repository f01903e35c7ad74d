package dev.gatehouse.testkit.cluster;

import java.nio.file.Path;

/** The configuration files of a node's programs. */
final class NodeFiles {

    private NodeFiles() {}

    static String containerd(Path folder, Path bin) {
        // restrict_oom_score_adj: without it no sandbox starts where the score of init may not be lowered.
        return """
                version = 3
                root = "%1$s/containerd"
                state = "%1$s/containerd-state"
                disabled_plugins = ["io.containerd.nri.v1.nri"]
                [grpc]
                  address = "%1$s/containerd.sock"
                [plugins."io.containerd.cri.v1.images".pinned_images]
                  sandbox = "gatehouse.test/pause:1"
                [plugins."io.containerd.cri.v1.runtime"]
                  restrict_oom_score_adj = true
                  netns_mounts_under_state_dir = true
                [plugins."io.containerd.cri.v1.runtime".cni]
                  bin_dirs = ["%2$s"]
                  conf_dir = "%1$s/cni"
                [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
                  runtime_type = "io.containerd.runc.v2"
                  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
                    Root = "%1$s/runc"
                """.formatted(folder, bin);
    }

    static String podNetwork(Path folder, String pods) {
        return """
                {"cniVersion": "1.0.0", "name": "pods", "plugins": [
                  {"type": "bridge", "bridge": "pods0", "isGateway": true, "hairpinMode": true,
                   "ipam": {"type": "host-local", "dataDir": "%s/addresses", "subnet": "%s", "routes": [{"dst": "0.0.0.0/0"}]}},
                  {"type": "portmap", "capabilities": {"portMappings": true}}]}
                """.formatted(folder, pods);
    }

    static String kubelet(Path folder, String address, String cgroup, Path podLogs) {
        return """
                apiVersion: kubelet.config.k8s.io/v1beta1
                kind: KubeletConfiguration
                containerRuntimeEndpoint: unix://%1$s/containerd.sock
                resolvConf: %1$s/resolv.conf
                clusterDNS: [%2$s]
                clusterDomain: cluster.local
                cgroupDriver: cgroupfs
                cgroupRoot: /%3$s
                podLogsDir: %4$s
                failCgroupV1: false
                failSwapOn: false
                enforceNodeAllocatable: []
                authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
                authorization: {mode: AlwaysAllow}
                evictionHard: {memory.available: "0%%", nodefs.available: "0%%", imagefs.available: "0%%"}
                imageGCHighThresholdPercent: 100
                registerNode: true
                syncFrequency: 10s
                maxPods: 110
                """.formatted(folder, address, cgroup, podLogs);
    }

    static String dns(Path folder) {
        return """
                cluster.local:53 {
                  errors
                  kubernetes cluster.local {
                    kubeconfig %1$s/kubeconfig test
                    ttl 1
                  }
                }
                """.formatted(folder);
    }
}
