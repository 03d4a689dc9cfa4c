import { expect } from "vitest";
import { hours, milliseconds, minutes, seconds } from "../../../config/schema/duration.ts";
import {
	type Backend,
	type HaproxyConfig,
	obsoleteHold,
	type Resolvers,
} from "../../../constructs/haproxy/model.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";

/** Timing of the checks. */
export const pace = { interval: seconds(1), fall: 2, rise: 1 };

export const resolvers: Resolvers = {
	name: "dns",
	nameserver: { name: "one", ip: "192.0.2.53", port: 53 },
	retries: 3,
	resolve: seconds(1),
	retry: milliseconds(500),
	hold: {
		valid: seconds(1),
		obsolete: obsoleteHold(milliseconds(0)),
		nx: seconds(30),
		timeout: hours(1),
		refused: minutes(1),
		other: seconds(90),
	},
};

/** A configuration with a frontend for each backend. */
export function configOf(...backends: readonly Backend[]): HaproxyConfig {
	return {
		maxConnections: 10,
		hardStopAfter: seconds(1),
		timeouts: { connect: seconds(5), idle: seconds(30), check: seconds(3) },
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
