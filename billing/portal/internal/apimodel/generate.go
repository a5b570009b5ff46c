// Package apimodel holds the values of the JSON API as they are described in openapi.yaml, and reads what a browser sends
// strictly. The models are plain: names, texts, numbers and lists, without behaviour.
package apimodel

//go:generate oapi-codegen -config oapi-codegen.yaml ../../openapi.yaml
