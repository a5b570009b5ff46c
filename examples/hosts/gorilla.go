package hosts

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/billhatch/billhatch/billing/portal"
)

// Gorilla mounts the billing area in gorilla/mux.
func Gorilla(area *portal.Portal) http.Handler {
	r := mux.NewRouter()
	r.PathPrefix("/billing").Handler(area)
	return r
}
