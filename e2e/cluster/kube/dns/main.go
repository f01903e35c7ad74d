// Command dns is CoreDNS with the few plugins that answering for a cluster needs: CoreDNS as published links some fifty.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
)

func main() {
	// The order in which plugins handle a query, a part of what CoreDNS generates from its plugin.cfg.
	dnsserver.Directives = []string{"ready", "log", "errors", "cache", "kubernetes"}
	coremain.Run()
}
