import type { World } from "../../../world/world.ts";
import { stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const running = (image: string) =>
	worldOf(stackOf({ kubernetes_deployment_v1: workload({ container: { image } }) }));
const released = (values: object) =>
	worldOf(stackOf({ helm_release: { chart: "some", version: "1.2.3", values: [JSON.stringify(values)] } }));
const image = "spec.template.spec.container[0].image";

/** An empty stack of a site that states something else. */
function siteWith(change: (site: World["site"]) => Partial<World["site"]>): World {
	const world = worldOf({});
	return { ...world, site: { ...world.site, ...change(world.site) } };
}

/** Images that were good once, each with a part of what is said about it. */
const old = {
	"docker.io/hashicorp/vault:1.18.1": "expected 1.19.16, 1.20.10, 1.21.5, 2.0.0 or newer (CVE-2026-3605",
	"docker.io/hashicorp/vault:1.20.4": "Vault 1.20.4 is not good: expected 1.20.10 or newer",
	"docker.io/hashicorp/vault:1.19.15-ent": "expected 1.19.16 or newer",
	"docker.io/woodpeckerci/woodpecker-server:v3.13.0": "expected 3.17.0 or newer",
	"docker.io/woodpeckerci/woodpecker-agent:v3.16.9-alpine": "expected 3.17.0 or newer",
	"docker.io/roundcube/roundcubemail:1.6.13-apache": "expected 1.6.19 or newer",
	"docker.io/roundcube/roundcubemail:1.7.1-fpm-alpine-nonroot": "expected 1.7.4 or newer",
	"docker.io/library/haproxy:3.1.17-alpine": "3.1 is not maintained",
	"docker.io/library/haproxy:3.2.11-alpine3.24": "expected 3.2.12 or newer",
	// The same product by other names.
	"haproxy:3.1.9-alpine": "HAProxy 3.1.9 is not good",
	"registry.lab.example.org:5050/mirror/hashicorp/vault:1.18.1": "Vault 1.18.1 is not good",
	// Nothing that says which version it is.
	"docker.io/hashicorp/vault:1.21": "1.21 is no release of Vault: expected one such as 2.0.0",
	"docker.io/hashicorp/vault:2.0.0-rc1": "2.0.0-rc1 is no release of Vault",
	"docker.io/woodpeckerci/woodpecker-agent:v3.17.0-rc.1": "v3.17.0-rc.1 is no release",
	"docker.io/roundcube/roundcubemail:latest-apache": "latest-apache is no release of Roundcube",
	[`docker.io/hashicorp/vault@sha256:${"0a".repeat(32)}`]: "says no version of Vault",
} as const;

/** Good ones, and others that only look like one. */
const good = [
	"docker.io/hashicorp/vault:1.20.14",
	"docker.io/hashicorp/vault:2.0.4",
	"docker.io/hashicorp/vault:2.1.0",
	`docker.io/hashicorp/vault:2.0.4@sha256:${"0a".repeat(32)}`,
	"docker.io/woodpeckerci/woodpecker-agent:v3.17.0",
	"docker.io/woodpeckerci/woodpecker-server:v4.0.0-alpine",
	"docker.io/roundcube/roundcubemail:1.6.19-apache",
	"docker.io/library/haproxy:3.4.2-alpine",
	"docker.io/library/haproxy:2.8.26",
	"docker.io/alice/vault:1.0.0",
	"docker.io/alice/my-haproxy:3.1.9",
];

export const imageKnownGood: RuleCases = {
	allow: {
		...Object.fromEntries(good.map((name) => [name, running(name)])),
		"a good image in a chart's values": released({ image: { repository: "hashicorp/vault", tag: "2.0.4" } }),
		"a chart's values that Terraform decides": worldOf(
			stackOf({ helm_release: { chart: "some", version: "1.2.3", values: ["${var.values}"] } }),
		),
		"an image that an expression decides": running("${var.image}"),
		"a command that is none of the products": siteWith(({ newcomer }) => ({
			newcomer: { ...newcomer, tools: { kubectl: { ...newcomer.tools.kubectl, version: "1.2.3" } as never } },
		})),
	},
	deny: {
		...Object.fromEntries(
			Object.entries(old).map(([name, message]) => [name, denied(running(name), [image, message])]),
		),
		"an image in the parts that a chart takes": denied(
			released({
				server: {
					image: { registry: "docker.io", repository: "woodpeckerci/woodpecker-server", tag: "v3.13.0" },
				},
			}),
			[
				"values[0].server.image",
				"image docker.io/woodpeckerci/woodpecker-server:v3.13.0: Woodpecker server 3.13.0",
			],
		),
		"an image of a sidecar in a chart's values": denied(
			released({ extraContainers: [{ image: "hashicorp/vault:1.18.1" }] }),
			["values[0].extraContainers.0.image", "Vault 1.18.1"],
		),
		"an image whose version is the chart's own": denied(
			released({ image: { repository: "docker.io/hashicorp/vault" } }),
			["values[0].image", "says no version of Vault"],
		),
		"an image that only pipelines run": denied(
			siteWith(({ woodpecker }) => ({
				woodpecker: {
					...woodpecker,
					images: { ...woodpecker.images, vault: "docker.io/hashicorp/vault:1.18.1" },
				},
			})),
			["woodpecker.images.vault", "image docker.io/hashicorp/vault:1.18.1 of the site: Vault 1.18.1"],
		),
		"a command that newcomers get": denied(
			siteWith(({ newcomer }) => ({
				newcomer: {
					...newcomer,
					tools: { vault: { ...newcomer.tools.vault, version: "1.18.1" } as never },
				},
			})),
			["newcomer.tools.vault.version", "Vault 1.18.1 is not good"],
		),
	},
};
