{{- define "edge.name" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "edge.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "edge.labels" -}}
{{ include "edge.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "edge.image" -}}
{{- $name := eq .Values.distribution "edge" | ternary "edge" (printf "edge-%s" .Values.distribution) -}}
{{- $repository := .Values.image.repository | default $name -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "edge.secret" -}}
{{- .Values.controlPlane.existingSecret | default (include "edge.name" .) -}}
{{- end -}}

{{- define "edge.hasKey" -}}
{{- if or .Values.controlPlane.apiKey .Values.controlPlane.existingSecret -}}true{{- end -}}
{{- end -}}

{{/* The configuration, with providers for what the values bring. */}}
{{- define "edge.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if not (hasKey $config "listen_port") -}}
{{- $_ := set $config "listen_port" (int .Values.ports.http) -}}
{{- end -}}
{{- if and .Values.ports.grpc (not (hasKey $config "grpc")) -}}
{{- $_ := set $config "grpc" (dict "listen_port" (int .Values.ports.grpc)) -}}
{{- end -}}
{{- $providers := $config.policy_providers | default list -}}
{{- if .Values.controlPlane.url -}}
{{- $provider := dict "id" "control-plane" "type" "http" "url" .Values.controlPlane.url -}}
{{- if include "edge.hasKey" . -}}
{{- $_ := set $provider "headers" (list (dict "name" "Authorization" "value" "Bearer ${TERO_API_KEY}")) -}}
{{- end -}}
{{- $providers = append $providers $provider -}}
{{- end -}}
{{- if .Values.policies -}}
{{- $providers = append $providers (dict "id" "chart" "type" "file" "path" "/etc/edge/policies/policies.json") -}}
{{- end -}}
{{- if .Values.sharedLimits.url -}}
{{- $prefix := .Values.sharedLimits.keyPrefix | default (printf "edge:%s/%s:" .Release.Namespace .Release.Name) -}}
{{- $_ := set $config "shared_limits" (dict "url" .Values.sharedLimits.url "key_prefix" $prefix) -}}
{{- end -}}
{{- if $providers -}}
{{- $_ := set $config "policy_providers" $providers -}}
{{- end -}}
{{- toPrettyJson $config -}}
{{- end -}}

{{- define "edge.pod" -}}
metadata:
  annotations:
    # Policies are read again while Edge runs; what only the start reads makes new pods.
    checksum/config: {{ include "edge.config" . | sha256sum }}
    {{- if .Values.controlPlane.apiKey }}
    checksum/secret: {{ .Values.controlPlane.apiKey | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "edge.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "edge.serviceAccount" . }}
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65534
    runAsGroup: 65534
    fsGroup: 65534
    seccompProfile:
      type: RuntimeDefault
  containers:
    {{- include "edge.container" . | nindent 4 }}
  volumes:
    {{- include "edge.volumes" . | nindent 4 }}
  {{- range $key := list "nodeSelector" "affinity" "tolerations" "topologySpreadConstraints" }}
  {{- with index $.Values $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end -}}

{{- define "edge.volumes" -}}
- name: edge-config
  configMap:
    name: {{ include "edge.name" . }}
    items:
      - key: config.json
        path: config.json
{{- if .Values.policies }}
- name: edge-policies
  configMap:
    name: {{ include "edge.name" . }}-policies
{{- end }}
- name: edge-tmp
  emptyDir:
    sizeLimit: 64Mi
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "edge.container" -}}
- name: edge
  image: {{ include "edge.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: ["/app/config.json"]
  ports:
    - name: http
      containerPort: {{ .Values.ports.http }}
      {{- if and (eq .Values.mode "daemonset") .Values.ports.host }}
      hostPort: {{ .Values.ports.host }}
      {{- end }}
    {{- if .Values.ports.grpc }}
    - name: grpc
      containerPort: {{ .Values.ports.grpc }}
    {{- end }}
  env:
    - name: TERO_SERVICE_INSTANCE_ID
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    {{- if include "edge.hasKey" . }}
    - name: TERO_API_KEY
      valueFrom:
        secretKeyRef:
          name: {{ include "edge.secret" . }}
          key: {{ empty .Values.controlPlane.existingSecret | ternary "TERO_API_KEY" .Values.controlPlane.existingSecretKey }}
    {{- end }}
    {{- if and .Values.sharedLimits.url .Values.sharedLimits.existingSecret }}
    - name: REDIS_PASSWORD
      valueFrom:
        secretKeyRef:
          name: {{ .Values.sharedLimits.existingSecret }}
          key: {{ .Values.sharedLimits.existingSecretKey }}
    {{- end }}
    {{- with .Values.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if .Values.preStopSleepSeconds }}
  lifecycle:
    preStop:
      sleep:
        seconds: {{ .Values.preStopSleepSeconds }}
  {{- end }}
  startupProbe:
    httpGet:
      path: /_health
      port: http
      {{- if .Values.config.tls }}
      scheme: HTTPS
      {{- end }}
    periodSeconds: 1
    failureThreshold: 30
  livenessProbe:
    httpGet:
      path: /_health
      port: http
      {{- if .Values.config.tls }}
      scheme: HTTPS
      {{- end }}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  readinessProbe:
    httpGet:
      path: /_ready
      port: http
      {{- if .Values.config.tls }}
      scheme: HTTPS
      {{- end }}
    periodSeconds: 2
    timeoutSeconds: 2
    failureThreshold: 2
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  volumeMounts:
    - name: edge-config
      mountPath: /app
      readOnly: true
    {{- if .Values.policies }}
    - name: edge-policies
      mountPath: /etc/edge/policies
      readOnly: true
    {{- end }}
    - name: edge-tmp
      mountPath: /tmp
    {{- with .Values.volumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "edge.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "edge.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}
