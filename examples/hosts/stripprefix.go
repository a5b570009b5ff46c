package hosts

import (
	"net/http"

	"github.com/billhatch/billhatch/billing/portal"
)

// StripPrefix mounts the billing area in a router that takes the base path away.
func StripPrefix(area *portal.Portal) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/billing/", http.StripPrefix("/billing", area))
	return mux
}
