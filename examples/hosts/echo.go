package hosts

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/billhatch/billhatch/billing/portal"
)

// Echo mounts the billing area in echo.
func Echo(area *portal.Portal) http.Handler {
	e := echo.New()
	e.Any("/billing/*", echo.WrapHandler(area))
	return e
}
