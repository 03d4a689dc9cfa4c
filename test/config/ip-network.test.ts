import { describe, expect, test } from "vitest";
import { isInside, networkOf, overlap } from "../../config/schema/ip-network.ts";

describe("the network of an address", () => {
	test.for<[value: string, network: string | undefined]>([
		["192.0.2.77/24", "192.0.2.0/24"],
		["192.0.2.255/31", "192.0.2.254/31"],
		["255.255.255.255/1", "128.0.0.0/1"],
		["192.0.2.77/32", "192.0.2.77/32"],
		["192.0.2.77/0", "0.0.0.0/0"],
		["192.0.2.0/33", undefined],
		["0.0.0.0/99", undefined],
		["256.0.0.0/8", undefined],
		["192.0.2/24", undefined],
		["010.0.0.0/8", undefined],
		["192.0.2.0", undefined],
		["192.0.2.0/24\n", undefined],
		["2001:db8::/32", undefined],
	])("%j: %j", ([value, network]) => {
		expect(networkOf(value)).toBe(network);
	});
});

describe("what lies inside a network", () => {
	test.for<[value: string, network: string, inside: boolean]>([
		["192.0.2.0", "192.0.2.0/24", true],
		["192.0.2.255", "192.0.2.0/24", true],
		["192.0.3.0", "192.0.2.0/24", false],
		["192.0.2.1", "192.0.2.1/32", true],
		["192.0.2.2", "192.0.2.1/32", false],
		["255.255.255.255", "0.0.0.0/0", true],
		["10.1.0.0/16", "10.0.0.0/8", true],
		["10.0.0.0/8", "10.0.0.0/8", true],
		["10.0.0.0/7", "10.0.0.0/8", false],
		["2001:db8::1", "0.0.0.0/0", false],
		["host", "0.0.0.0/0", false],
	])("%s in %s: %j", ([value, network, inside]) => {
		expect(isInside(value, network)).toBe(inside);
	});
});

test.for<[one: string, other: string, common: boolean]>([
	["10.0.0.0/7", "10.0.0.0/8", true],
	["0.0.0.0/0", "192.0.2.1/32", true],
	["10.0.0.0/9", "10.128.0.0/9", false],
])("networks overlap in either order: %s and %s: %j", ([one, other, common]) => {
	expect([overlap(one, other), overlap(other, one)]).toEqual([common, common]);
});
