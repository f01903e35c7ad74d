module gatehouse.dev/e2e/cluster/pods

go 1.26.0
