// Command echo is the backend of the end-to-end tests: it answers every request with JSON that tells which pod answered
// and what it received, so that a test sees the request as a backend does.
//
//	echo                 serve on $PORT (8080)
//	echo get URL         request URL from where the pod stands, print the body; exit code 1 unless the answer is 200
//
// /healthz answers 200, and 503 from the moment the pod is told to stop. Two query parameters shape an answer:
// status=503 and delay=200ms.
//
// On SIGTERM, -drain=graceful (the default) goes on accepting for -drain-delay, while the cluster learns of it, then
// finishes what is under way, as a well-behaved backend does; -drain=abrupt cuts every connection at once, as many do.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// answer is what the tests parse: its names are part of their contract.
type answer struct {
	Pod        string              `json:"pod"`
	Method     string              `json:"method"`
	URI        string              `json:"uri"`
	Path       string              `json:"path"`
	Protocol   string              `json:"protocol"`
	Host       string              `json:"host"`
	RemoteAddr string              `json:"remoteAddr"`
	Headers    map[string][]string `json:"headers"`
	BodyBytes  int64               `json:"bodyBytes"`
}

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	if len(os.Args) == 3 && os.Args[1] == "get" {
		os.Exit(get(os.Args[2]))
	}
	drain := flag.String("drain", "graceful", "on SIGTERM: graceful or abrupt")
	drainDelay := flag.Duration("drain-delay", 2*time.Second, "graceful: how long to go on accepting")
	drainLimit := flag.Duration("drain-limit", 20*time.Second, "graceful: how long to wait for requests under way")
	flag.Parse()
	if *drain != "graceful" && *drain != "abrupt" {
		log.Fatalf("-drain=%s: expected graceful or abrupt", *drain)
	}

	var stopping atomic.Bool
	server := &http.Server{Addr: ":" + envOr("PORT", "8080"), Handler: handler(podName(), &stopping)}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		log.Printf("got %s, stopping: %s", <-signals, *drain)
		stopping.Store(true)
		if *drain == "abrupt" {
			_ = server.Close()
			return
		}
		time.Sleep(*drainDelay)
		limit, cancel := context.WithTimeout(context.Background(), *drainLimit)
		defer cancel()
		if err := server.Shutdown(limit); err != nil {
			log.Printf("cut what was still under way after %s: %v", *drainLimit, err)
		}
	}()

	log.Printf("%s serves on %s", podName(), server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-drained
	log.Print("stopped")
}

func handler(pod string, stopping *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(response http.ResponseWriter, _ *http.Request) {
		if stopping.Load() {
			http.Error(response, "stopping", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(response, "ok")
	})
	mux.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		bodyBytes, err := io.Copy(io.Discard, request.Body)
		if err != nil {
			http.Error(response, "body: "+err.Error(), http.StatusBadRequest)
			return
		}
		status, delay, err := wishes(request)
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		if delay > 0 {
			time.Sleep(delay)
		}
		if stopping.Load() {
			response.Header().Set("Connection", "close")
		}
		response.Header().Set("Content-Type", "application/json")
		response.Header().Set("X-Echo-Pod", pod)
		response.WriteHeader(status)
		encoder := json.NewEncoder(response)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(answer{
			Pod: pod, Method: request.Method, URI: request.RequestURI, Path: request.URL.Path,
			Protocol: request.Proto, Host: request.Host, RemoteAddr: request.RemoteAddr,
			Headers: request.Header, BodyBytes: bodyBytes,
		})
		log.Printf("%s %s %s%s %d", request.RemoteAddr, request.Method, request.Host, request.RequestURI, status)
	})
	return mux
}

func wishes(request *http.Request) (status int, delay time.Duration, err error) {
	status = http.StatusOK
	if text := request.URL.Query().Get("status"); text != "" {
		if status, err = strconv.Atoi(text); err != nil || status < 200 || status > 599 {
			return 0, 0, fmt.Errorf("status=%s: expected a number from 200 to 599", text)
		}
	}
	if text := request.URL.Query().Get("delay"); text != "" {
		if delay, err = time.ParseDuration(text); err != nil {
			return 0, 0, fmt.Errorf("delay=%s: expected a duration such as 200ms", text)
		}
	}
	return status, delay, nil
}

// podName prefers the downward API's POD_NAME; the host name of a pod is its name too, unless spec.hostname says else.
func podName() string {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	return envOr("POD_NAME", name)
}

func envOr(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func get(url string) int {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if response.StatusCode != http.StatusOK {
		fmt.Fprintln(os.Stderr, response.Status)
		return 1
	}
	return 0
}
