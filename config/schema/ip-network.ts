import ipaddr from "ipaddr.js";

/** The network that `address/prefix` lies in, host bits cleared; undefined for what is no IPv4 in CIDR notation. */
export function networkOf(value: string): string | undefined {
	const [, prefix] = parsed(value) ?? [];
	return prefix === undefined ? undefined : `${ipaddr.IPv4.networkAddressFromCIDR(value)}/${prefix}`;
}

/** An IPv6 address as RFC 5952 has it. */
export function canonicalIpv6(address: string): string {
	return ipaddr.IPv6.parse(address).toRFC5952String();
}

/** Whether an IPv4 address, or the whole of a network, lies inside a network. */
export function isInside(value: string, network: string): boolean {
	const inner = parsed(value.includes("/") ? value : `${value}/32`);
	const outer = parsed(network);
	return inner !== undefined && outer !== undefined && inner[1] >= outer[1] && inner[0].match(outer);
}

/** Whether two networks have an address in common: one of them lies inside the other. */
export function overlap(one: string, other: string): boolean {
	return isInside(one, other) || isInside(other, one);
}

/** Four decimal parts only: others read `010.0.0.1` as octal and `10.1` as `10.0.0.1`. */
function parsed(value: string): [ipaddr.IPv4, number] | undefined {
	return ipaddr.IPv4.isValidCIDRFourPartDecimal(value) ? ipaddr.IPv4.parseCIDR(value) : undefined;
}
