package hosts

import (
	"net/http"

	"github.com/billhatch/billhatch/billing/portal"
)

// ServeMux mounts the billing area in a router of the standard library.
func ServeMux(area *portal.Portal) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/billing/", area)
	return mux
}
