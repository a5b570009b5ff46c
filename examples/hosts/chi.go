package hosts

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/billhatch/billhatch/billing/portal"
)

// Chi mounts the billing area in chi.
func Chi(area *portal.Portal) http.Handler {
	r := chi.NewRouter()
	r.Mount("/billing", area)
	return r
}
