{{- define "runner.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "runner.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "runner.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "runner.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "runner.selectorLabels" -}}
app.kubernetes.io/name: {{ include "runner.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "runner.labels" -}}
{{ include "runner.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "runner.secretName" -}}
{{- default (include "runner.fullname" .) .Values.existingSecret -}}
{{- end -}}

{{- define "runner.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "runner.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* What changes with the existing secret: the text given, or a sum of the secret where there is a cluster to ask. */ -}}
{{- define "runner.existingSecretChecksum" -}}
{{- if .Values.existingSecretChecksum -}}
{{- .Values.existingSecretChecksum | sha256sum -}}
{{- else -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace .Values.existingSecret | default dict -}}
{{- get $secret "data" | default dict | toJson | sha256sum -}}
{{- end -}}
{{- end -}}
