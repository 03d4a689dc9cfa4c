import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { days, milliseconds } from "../../../config/schema/duration.ts";
import { haproxyTimer } from "../../../config/schema/primitives.ts";
import {
	type Backend,
	type CheckStep,
	type Condition,
	type HaproxyConfig,
	obsoleteHold,
	type Resolvers,
	type Server,
} from "../../../constructs/haproxy/model.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { needs } from "../harness/needs.ts";

needs("haproxy");

const folder = mkdtempSync(join(tmpdir(), "infra-haproxy-"));
afterAll(() => rmSync(folder, { recursive: true }));

const time = fc.integer({ min: 1, max: days(24) }).map(milliseconds);
const count = fc.integer({ min: 1, max: 20 });
const port = fc.integer({ min: 1, max: 65_535 });
const ip = fc.ipV4();
const name = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,12}$/);
const text = fc.string({
	minLength: 1,
	maxLength: 20,
	unit: fc.constantFrom(..."ab:+$\"'\\# {}%\r\n\t\x01"),
});

const resolvers: fc.Arbitrary<Resolvers> = fc.record({
	name: fc.constant("dns"),
	nameserver: fc.record({ name: fc.constant("d1"), ip, port }),
	retries: count,
	resolve: time,
	retry: time,
	hold: fc.record({
		valid: time,
		obsolete: fc.integer({ min: 0, max: 1000 }).map(milliseconds).map(obsoleteHold),
		nx: time,
		timeout: time,
		refused: time,
		other: time,
	}),
});

const pace = fc.record({ interval: time, fall: count, rise: count });
const server = (resolvers: Resolvers): fc.Arbitrary<Server> =>
	fc
		.record({
			name,
			address: fc.oneof(
				fc.record({ ip }),
				fc.domain().map((host) => ({ host, resolvers })),
			),
			port,
			checked: fc.option(fc.tuple(pace, port)),
			proxied: fc.boolean(),
		})
		.map(({ checked, proxied, ...common }) => {
			if (proxied)
				return {
					...common,
					proxyProtocol: "v2",
					...(checked && { check: { ...checked[0], port: checked[1] } }),
				};
			return { ...common, ...(checked && { check: checked[0] }) };
		});

const pattern = fc.constantFrom(
	"role:master|master_link_status:up",
	"^\\+OK",
	"[a-z]{2,3} #\\d+$",
	'say "it"',
);
const step: fc.Arbitrary<CheckStep> = fc.oneof(
	fc.record({ send: text }),
	fc.record({
		expect: fc.oneof(
			text,
			pattern.map((pattern) => ({ pattern })),
		),
		minLength: fc.integer({ min: 1, max: 1000 }),
	}),
);

const backend = (resolvers: Resolvers): fc.Arbitrary<Backend> =>
	fc.record(
		{
			name,
			balance: fc.constantFrom("roundrobin", "leastconn", "first"),
			checkScript: fc.array(step, { minLength: 1, maxLength: 6 }),
			closeSessionsWhenDown: fc.boolean(),
			idle: time,
			servers: fc.uniqueArray(server(resolvers), { selector: ({ name }) => name, maxLength: 4 }),
		},
		{ requiredKeys: ["name", "servers"] },
	);

const condition = (backends: readonly Backend[]): fc.Arbitrary<Condition> =>
	fc.oneof(
		fc.record({ backend: fc.constantFrom(...backends), serversUp: fc.nat(9) }),
		fc.record({ backend: fc.constantFrom(...backends), serversUpAtMost: fc.nat(9) }),
	);

const config: fc.Arbitrary<HaproxyConfig> = resolvers
	.chain((resolvers) =>
		fc.uniqueArray(backend(resolvers), { selector: ({ name }) => name, minLength: 1, maxLength: 5 }),
	)
	.chain((backends) => {
		const conditions = fc.array(condition(backends), { minLength: 1, maxLength: 10 });
		const route = fc.record({ backend: fc.constantFrom(...backends), when: conditions });
		const frontend = fc.record(
			{
				port: fc.integer({ min: 1, max: 60_000 }),
				routes: fc.array(route, { maxLength: 5 }),
				idle: time,
				ips: fc.uniqueArray(fc.oneof(ip, fc.ipV6()), { minLength: 1, maxLength: 3 }),
			},
			{ requiredKeys: ["port", "routes"] },
		);
		return fc.record(
			{
				maxConnections: fc.integer({ min: 1, max: 10_000 }),
				otherConnections: fc.nat(1000),
				hardStopAfter: time,
				redispatches: count,
				adminSocket: fc.constantFrom("/run/haproxy.sock", "/run/a socket"),
				timeouts: fc.record({ connect: time, idle: time, check: time }),
				frontends: fc
					.uniqueArray(frontend, { selector: ({ port }) => port, minLength: 1, maxLength: 4 })
					.map((frontends) => frontends.map((frontend, index) => ({ ...frontend, name: `in${index}` }))),
				status: fc.record({
					name: fc.constant("status"),
					port: fc.constant(60_001),
					livePath: fc.constant("/live"),
					ready: fc.record({
						path: fc.constant("/ready"),
						anyOf: fc.array(conditions, { minLength: 1, maxLength: 6 }),
					}),
					metricsPath: fc.constant("/metrics"),
				}),
				observers: fc.constant(backends),
			},
			{ requiredKeys: ["maxConnections", "hardStopAfter", "timeouts", "frontends", "observers"] },
		);
	});

test("HAProxy accepts every configuration that can be rendered", () => {
	const file = join(folder, "haproxy.cfg");
	fc.assert(
		fc.property(config, (config) => {
			writeFileSync(file, renderHaproxyCfg(config));
			execFileSync("haproxy", ["-c", "-f", file], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
		}),
		{ numRuns: 150 },
	);
});

test.for([
	[haproxyTimer.parse("24d"), true],
	[2 ** 31 - 1, true],
	[2 ** 31, false],
] as const)("a timer of %i ms is accepted: %s", ([milliseconds, accepted]) => {
	const config = `defaults\n\tmode tcp\n\ttimeout connect 5s\n\ttimeout client ${milliseconds}ms\n\ttimeout server 5s\n`;
	const file = join(folder, "timer.cfg");
	writeFileSync(file, `${config}listen any\n\tbind 127.0.0.1:1\n`);
	expect(spawnSync("haproxy", ["-c", "-f", file]).status === 0).toBe(accepted);
});
