import { cidr, hostName, ipv4, label, publicIpv6 } from "./primitives.ts";
import { tenantHosts } from "./tenant-hosts.ts";
import { line, word } from "./texts.ts";
import { z } from "./zod.ts";

const subnet = z.strictObject({
	cidr,
	gateway: ipv4.optional().describe("Router of the subnet; must lie inside it"),
	vlan: z.int().min(1).max(4094).optional().describe("VLAN id (IEEE 802.1Q); untagged when absent"),
	purpose: line.describe("One line for the documentation table"),
});

const host = z.strictObject({
	address: ipv4,
	subnet: word.describe("Key of the subnet that holds the address"),
	purpose: line,
});

/** Subnets of the site, and fixed addresses in them. */
export const network = z.strictObject({
	domain: hostName.describe("Public zone of the site"),
	tenantHosts: tenantHosts.describe("Where hosts of owners' apps lie"),
	public: z
		.strictObject({ ipv4, ipv6: publicIpv6.optional() })
		.optional()
		.describe("Addresses by which the Internet reaches the router"),
	subnets: z.record(label, subnet),
	hosts: z.record(label, host).describe("Machines and appliances with a fixed address"),
	pods: cidr.describe("Pod network of the cluster"),
	services: cidr.describe("Service network of the cluster"),
});
