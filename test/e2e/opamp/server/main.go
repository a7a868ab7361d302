// A server of OpAMP for tests, on opamp-go: it offers one configuration to all agents, and shows what
// they told it. A test says what is offered over HTTP, on a port of its own, and asks there as well.
package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/open-telemetry/opamp-go/server"
	"github.com/open-telemetry/opamp-go/server/types"
)

// What an agent has told, the last of each part.
type agent struct {
	Messages      int               `json:"messages"`
	Sequence      uint64            `json:"sequence"`
	Capabilities  uint64            `json:"capabilities"`
	Description   map[string]string `json:"description"`
	Healthy       bool              `json:"healthy"`
	LastError     string            `json:"last_error"`
	Status        string            `json:"status"`
	StatusError   string            `json:"status_error"`
	Hash          string            `json:"hash"`
	Effective     map[string]string `json:"effective"`
	Statuses      []string          `json:"statuses"`
	Gaps          int               `json:"gaps"`
	Disconnected  bool              `json:"disconnected"`
	Authorization string            `json:"authorization"`

	conn types.Connection
	hash []byte
}

type peer struct {
	mutex  sync.Mutex
	config *protobufs.AgentRemoteConfig
	agents map[string]*agent
}

// The entries of a configuration as a test gives them.
type offer struct {
	Hash    string `json:"hash"`
	Entries map[string]struct {
		Body        []byte `json:"body"`
		ContentType string `json:"content_type"`
	} `json:"entries"`
}

func (p *peer) take(conn types.Connection, authorization string, message *protobufs.AgentToServer) *protobufs.ServerToAgent {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	uid := hex.EncodeToString(message.InstanceUid)
	known := p.agents[uid]
	reply := &protobufs.ServerToAgent{
		InstanceUid:  message.InstanceUid,
		Capabilities: uint64(protobufs.ServerCapabilities_ServerCapabilities_AcceptsStatus | protobufs.ServerCapabilities_ServerCapabilities_OffersRemoteConfig | protobufs.ServerCapabilities_ServerCapabilities_AcceptsEffectiveConfig),
	}
	if known == nil {
		known = &agent{}
		p.agents[uid] = known
		if message.AgentDescription == nil {
			reply.Flags = uint64(protobufs.ServerToAgentFlags_ServerToAgentFlags_ReportFullState)
		}
	} else if message.SequenceNum != known.Sequence+1 {
		known.Gaps++
		reply.Flags = uint64(protobufs.ServerToAgentFlags_ServerToAgentFlags_ReportFullState)
	}
	known.conn = conn
	known.note(authorization, message)
	if message.AgentDisconnect == nil && p.config != nil && !bytes.Equal(known.hash, p.config.ConfigHash) {
		reply.RemoteConfig = p.config
	}
	return reply
}

func (a *agent) note(authorization string, message *protobufs.AgentToServer) {
	a.Messages++
	a.Authorization = authorization
	a.Sequence = message.SequenceNum
	a.Capabilities = message.Capabilities
	if message.AgentDescription != nil {
		a.Description = map[string]string{}
		for _, one := range message.AgentDescription.IdentifyingAttributes {
			a.Description[one.Key] = one.Value.GetStringValue()
		}
	}
	if message.Health != nil {
		a.Healthy = message.Health.Healthy
		a.LastError = message.Health.LastError
	}
	if message.RemoteConfigStatus != nil {
		a.hash = message.RemoteConfigStatus.LastRemoteConfigHash
		a.Hash = string(a.hash)
		a.Status = message.RemoteConfigStatus.Status.String()
		a.StatusError = message.RemoteConfigStatus.ErrorMessage
		a.Statuses = append(a.Statuses, a.Status)
	}
	if message.EffectiveConfig != nil {
		a.Effective = map[string]string{}
		for name, file := range message.EffectiveConfig.ConfigMap.ConfigMap {
			a.Effective[name] = string(file.Body)
		}
	}
	a.Disconnected = message.AgentDisconnect != nil
}

// Sets what is offered, and tells those whose connection is open.
func (p *peer) offer(w http.ResponseWriter, req *http.Request) {
	var given offer
	if err := json.NewDecoder(req.Body).Decode(&given); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	files := map[string]*protobufs.AgentConfigFile{}
	for name, entry := range given.Entries {
		files[name] = &protobufs.AgentConfigFile{Body: entry.Body, ContentType: entry.ContentType}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.config = &protobufs.AgentRemoteConfig{
		Config:     &protobufs.AgentConfigMap{ConfigMap: files},
		ConfigHash: []byte(given.Hash),
	}
	for uid, one := range p.agents {
		if one.Disconnected {
			continue
		}
		raw, _ := hex.DecodeString(uid)
		// Over HTTP there is nobody to be told.
		_ = one.conn.Send(context.Background(), &protobufs.ServerToAgent{InstanceUid: raw, RemoteConfig: p.config})
	}
}

func (p *peer) show(w http.ResponseWriter, _ *http.Request) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_ = json.NewEncoder(w).Encode(p.agents)
}

// Forgets all agents, as a server that starts anew.
func (p *peer) forget(http.ResponseWriter, *http.Request) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.agents = map[string]*agent{}
}

func main() {
	p := &peer{agents: map[string]*agent{}}
	opamp := server.New(nil)
	err := opamp.Start(server.StartSettings{
		ListenEndpoint: "127.0.0.1:0",
		Settings: server.Settings{Callbacks: types.Callbacks{
			OnConnecting: func(req *http.Request) types.ConnectionResponse {
				authorization := req.Header.Get("Authorization")
				return types.ConnectionResponse{Accept: true, ConnectionCallbacks: types.ConnectionCallbacks{
					OnMessage: func(_ context.Context, conn types.Connection, message *protobufs.AgentToServer) *protobufs.ServerToAgent {
						return p.take(conn, authorization, message)
					},
				}}
			},
		}},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /offer", p.offer)
	mux.HandleFunc("POST /forget", p.forget)
	mux.HandleFunc("GET /agents", p.show)
	fmt.Printf("{\"opamp\": %q, \"control\": %q}\n", opamp.Addr().String(), control.Addr().String())
	// Ends with whoever started it.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	_ = http.Serve(control, mux)
}
