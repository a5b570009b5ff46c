// Package hosts mounts the billing area in seven routers, one file each: what the README shows is this code. The portal
// is the same unchanged handler everywhere, whether or not the router strips the base path.
package hosts
