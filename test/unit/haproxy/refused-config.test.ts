import { describe, expect, test } from "vitest";
import { milliseconds } from "../../../config/schema/duration.ts";
import { type HaproxyConfig, obsoleteHold } from "../../../constructs/haproxy/model.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { configOf, resolvers } from "./haproxy-config.ts";

describe("what HAProxy would refuse", () => {
	test.for<[what: string, broken: HaproxyConfig, message: RegExp]>([
		[
			"two backends of one name",
			configOf({ name: "x", servers: [] }, { name: "x", servers: [] }),
			/two definitions of backend x/,
		],
		[
			"two servers of one name",
			configOf({
				name: "x",
				servers: [
					{ name: "s", address: { ip: "192.0.2.1" }, port: 1 },
					{ name: "s", address: { ip: "192.0.2.2" }, port: 1 },
				],
			}),
			/two definitions of server of backend x s/,
		],
		["a name with a space", configOf({ name: "a b", servers: [] }), /"a b" is no HAProxy name/],
		[
			"a host name in the place of an address",
			configOf({ name: "x", servers: [{ name: "s", address: { ip: "a.example.org" }, port: 1 }] }),
			/"a.example.org" is no IP address; a host name needs resolvers/,
		],
		[
			"a name server by name",
			configOf({
				name: "x",
				servers: [
					{
						name: "s",
						address: {
							host: "a.example.org",
							resolvers: { ...resolvers, nameserver: { name: "n", ip: "dns.example.org", port: 53 } },
						},
						port: 1,
					},
				],
			}),
			/resolvers dns: "dns.example.org" is no IP address/,
		],
		[
			"an expectation that anything meets",
			configOf({ name: "x", servers: [], checkScript: [{ expect: "", minLength: 1 }] }),
			/expects an empty answer/,
		],
		[
			"a rule of more words than HAProxy takes in a line",
			{
				...configOf(),
				frontends: [
					{
						name: "in",
						port: 1,
						routes: [
							{
								backend: { name: "x", servers: [] },
								when: Array.from({ length: 11 }, () => ({
									backend: { name: "x", servers: [] },
									serversUp: 1,
								})),
							},
						],
					},
				],
			},
			/11 conditions in one rule: HAProxy takes 10 at most/,
		],
	])("%s is refused before it is written", ([, broken, message]) => {
		expect(() => renderHaproxyCfg(broken)).toThrow(message);
	});

	test.for([-1, 1001, Number.NaN])("an obsolete hold of %d ms is refused", (hold) => {
		expect(() => obsoleteHold(milliseconds(hold))).toThrow(/expected 0 to 1000/);
	});
});
