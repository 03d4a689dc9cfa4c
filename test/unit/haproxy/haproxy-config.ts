import { expect } from "vitest";
import {
	type Backend,
	type HaproxyConfig,
	obsoleteHold,
	type Resolvers,
} from "../../../constructs/haproxy/model.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";

/** Timing of the checks. */
export const pace = { interval: 1000, fall: 2, rise: 1 };

export const resolvers: Resolvers = {
	name: "dns",
	nameserver: { name: "one", ip: "192.0.2.53", port: 53 },
	retries: 3,
	resolve: 1000,
	retry: 500,
	hold: {
		valid: 1000,
		obsolete: obsoleteHold(0),
		nx: 30_000,
		timeout: 3_600_000,
		refused: 60_000,
		other: 90_000,
	},
};

/** A configuration with a frontend for each backend. */
export function configOf(...backends: readonly Backend[]): HaproxyConfig {
	return {
		maxConnections: 10,
		hardStopAfter: 1000,
		timeouts: { connect: 5000, idle: 30_000, check: 3000 },
		frontends: backends.map((backend, index) => ({
			name: `f${index}`,
			port: 1000 + index,
			routes: [{ backend, when: [] }],
		})),
	};
}

/** The lines of one section without their indentation. */
export function section(config: HaproxyConfig, title: string): string[] {
	const lines = renderHaproxyCfg(config).split("\n");
	const start = lines.indexOf(title);
	expect(start, `section ${title}`).toBeGreaterThanOrEqual(0);
	return lines.slice(start + 1, lines.indexOf("", start)).map((line) => line.trim());
}
