package hosts

import (
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"

	"github.com/billhatch/billhatch/billing/portal"
)

// Fiber mounts the billing area in fiber, which is not built on net/http.
func Fiber(area *portal.Portal) *fiber.App {
	app := fiber.New()
	app.All("/billing/*", adaptor.HTTPHandler(area))
	return app
}
