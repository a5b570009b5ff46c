package hosts

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/billhatch/billhatch/billing/portal"
)

// Gin mounts the billing area in gin.
func Gin(area *portal.Portal) http.Handler {
	r := gin.New()
	r.Any("/billing/*any", gin.WrapH(area))
	return r
}
