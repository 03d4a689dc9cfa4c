import { expect, test } from "vitest";
import type { Site } from "../../../config/schema/site.ts";
import { outsideTheInternet } from "../../../constructs/platform/tenant-network.ts";

const privateNetworks = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

test.for<[what: string, cidr: string, left: readonly string[]]>([
	["inside a private network", "10.10.0.0/16", []],
	["elsewhere", "198.51.100.0/24", ["198.51.100.0/24"]],
	["that begins as a private one and is wider", "192.168.0.0/15", ["192.168.0.0/15"]],
])("egress to the Internet leaves out the site's networks: one %s", ([, cidr, left]) => {
	const network = { pods: cidr, services: "10.96.0.0/12", subnets: {} };
	expect(outsideTheInternet({ network } as Pick<Site, "network">)).toEqual(
		[...privateNetworks, ...left].sort(),
	);
});
