import { days, parseDuration } from "./duration.ts";
import { canonicalIpv6, networkOf } from "./ip-network.ts";
import { bytesOf } from "./quantity.ts";
import { z } from "./zod.ts";

/** Host name of one or more labels, without trailing dot (RFC 1123 section 2.1). */
export const hostName = z
	.string()
	.max(253)
	.regex(
		/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
		"expected a lower-case host name such as mail.example.org (RFC 1123)",
	);

/** Name of a Kubernetes object or namespace: one DNS label (RFC 1123). */
export const label = z
	.string()
	.max(63)
	.regex(
		/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
		"expected a DNS label: lower-case letters, digits and inner dashes (RFC 1123)",
	);

/** IPv4 address in dotted decimal. */
export const ipv4 = z.ipv4("expected an IPv4 address such as 192.0.2.10");

/**
 * IPv6 address that the Internet reaches: global unicast (RFC 4291, section 2.4; IANA has assigned `2000::/3` alone), in
 * the one form of RFC 5952, in which zones and routers give it back.
 */
export const publicIpv6 = z
	.ipv6({ error: "expected an IPv6 address such as 2001:db8::10", abort: true })
	.refine((value) => /^[23][0-9a-f]{3}:/i.test(value), {
		error: "expected an address of 2000::/3: others are not reached from the Internet",
		abort: true,
	})
	.refine((value) => canonicalIpv6(value) === value, {
		error: (issue) => `written otherwise: did you mean ${canonicalIpv6(String(issue.input))}?`,
	});

/** IPv4 network in CIDR notation; host bits must be zero. */
export const cidr = z
	.cidrv4({ error: "expected an IPv4 network such as 192.0.2.0/24", abort: true })
	.refine((value) => networkOf(value) === value, {
		error: (issue) => `host bits are set: did you mean ${networkOf(String(issue.input))}?`,
	});

/** Path of a directory or file on some machine. */
export const absolutePath = z
	.string()
	.regex(/^(\/[\w.-]+)+$/, "expected an absolute path without trailing slash");

/** TCP or UDP port, 1 to 65535. */
export const port = z.int().min(1).max(65535);

/** Port of a NodePort Service: the API server's default range. */
export const nodePort = z.int().min(30000).max(32767);

/** Upper bound of every duration: a typing error must not overflow in the program that gets it. */
const longestDays = 3650;

function durationOf(pattern: RegExp, expected: string) {
	return z
		.string()
		.regex(pattern, expected)
		.transform(parseDuration)
		.refine((value) => value <= days(longestDays), {
			error: `expected at most ${longestDays}d`,
			abort: true,
		});
}

/** A positive duration: a whole number and a unit (`ms`, `s`, `m`, `h`, `d`). */
export const duration = durationOf(
	/^[1-9]\d*(ms|s|m|h|d)$/,
	'expected a duration such as "500ms", "5s", "1h" or "28d"',
);

const haproxyLimit = (value: number) => value < 2 ** 31;
const haproxyExpected =
	"expected at most 24d: HAProxy keeps a timer as milliseconds in 31 bits, and does not start with more";

/** A positive duration that HAProxy takes for a timer. */
export const haproxyTimer = duration.refine(haproxyLimit, haproxyExpected);

/** A duration that may be "0s", where that has a meaning. */
export const durationOrNone = durationOf(
	/^(0|[1-9]\d*)(ms|s|m|h|d)$/,
	'expected a duration such as "500ms", "5s", "1h" or "28d", or "0s" for none',
);

/** The same as a timer of HAProxy. */
export const haproxyTimerOrNone = durationOrNone.refine(haproxyLimit, haproxyExpected);

/**
 * A positive duration in whole seconds, for programs that read 0 as "for ever" or "default".
 */
export const wholeSeconds = durationOf(
	/^[1-9]\d*(s|m|h|d)$/,
	'expected whole seconds, at least one, such as "5s", "1h" or "28d"',
);

/** A duration in whole seconds that may be 0. */
export const wholeSecondsOrNone = durationOf(
	/^(0|[1-9]\d*)(s|m|h|d)$/,
	'expected whole seconds such as "5s" or "1h", or "0s" for none',
);

/** Retention in whole days, at least one; parsed to days. */
export const wholeDays = z
	.string()
	.regex(/^[1-9]\d*d$/, 'expected whole days, at least one, such as "28d"')
	.transform((text) => Number.parseInt(text, 10))
	.refine((count) => count <= longestDays, `expected at most ${longestDays}d`);

/** Retention in whole weeks; parsed to days. */
export const wholeWeeks = wholeDays.refine(
	(count) => count % 7 === 0,
	'expected whole weeks in days, at least one, such as "7d" or "56d"',
);

/** A positive size: a Kubernetes quantity with a binary suffix; parsed to bytes. */
export const bytes = z
	.string()
	.regex(/^[1-9]\d*(Ki|Mi|Gi|Ti)$/, 'expected a size such as "256Mi" or "10Gi"')
	.transform((text) => bytesOf(text) ?? Number.NaN)
	.refine(Number.isSafeInteger, "expected a size that a disk can have");

/** A whole percentage such as `80%`; parsed to the number before the sign. */
export const percentage = z
	.string()
	.regex(/^(\d|[1-9]\d|100)%$/, 'expected a percentage such as "80%"')
	.transform((text) => Number.parseInt(text, 10));

/** Container image with an explicit, fixed version: `registry/path:tag` or `…@sha256:…`. */
export const image = z
	.string()
	.regex(
		/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+(:(?!latest$)[\w][\w.-]*)?(@sha256:[0-9a-f]{64})?$/,
		"expected a fully qualified image with a fixed tag or digest, such as docker.io/library/redis:7.2.11-alpine",
	)
	.refine((value) => /:[\w.-]+$|@sha256:/.test(value.slice(value.lastIndexOf("/"))), {
		error: "the image has no tag: write the version that is meant to run",
	});

/** Bytes as a Kubernetes quantity in the largest binary unit that divides them: `256Mi`. */
export function formatBytes(value: number): string {
	for (const [power, unit] of [
		[4, "Ti"],
		[3, "Gi"],
		[2, "Mi"],
		[1, "Ki"],
	] as const) {
		if (value >= 1024 ** power && value % 1024 ** power === 0) return `${value / 1024 ** power}${unit}`;
	}
	return String(value);
}
