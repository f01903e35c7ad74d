{{- define "gatehouse.labels" -}}
app.kubernetes.io/name: gatehouse-controller
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
{{- define "gatehouse.selector" -}}
app.kubernetes.io/name: gatehouse-controller
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "gatehouse.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
