// Package ext stands in for a module that the release's archive does not hold: fields for extensions, empty in the release.
package ext

// HTTP extends the dynamic configuration.
type HTTP struct{}

// Router extends a router.
type Router struct{}
