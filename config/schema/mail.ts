import { cronSchedule } from "./cron.ts";
import { minutes, seconds, times } from "./duration.ts";
import { growingVolume } from "./growing-volume.ts";
import { anyAddress, ownAddress } from "./mail-address.ts";
import { mailDns } from "./mail-dns.ts";
import { furtherMailDomain } from "./mail-domains.ts";
import { mailJobs } from "./mail-jobs.ts";
import { mailQuota } from "./mail-quota.ts";
import { bytes, haproxyTimer, hostName, image, label, nodePort, port, wholeWeeks } from "./primitives.ts";
import { sshLogin } from "./ssh-login.ts";
import { word } from "./texts.ts";
import { versionedKey } from "./vault.ts";
import { z } from "./zod.ts";

/** TLS mode of a listener: offered by STARTTLS, required before authentication, or implicit from the first byte. */
const tlsMode = z.enum(["opportunistic", "required", "implicit"]);

/** TLS modes that each protocol allows here. */
const tlsOf = {
	/** Between servers: one that cannot encrypt must still be able to deliver (RFC 7435). */
	smtp: ["opportunistic"],
	/** From users: a password is never sent in clear (RFC 8314). */
	submission: ["required", "implicit"],
	imap: ["implicit"],
	/** STARTTLS is the only way to encrypt it (RFC 5804). */
	sieve: ["required"],
} as const;

/** TLS mode of a server by its port, where the port says so. */
const impliedTls: ReadonlyMap<number, "required" | "implicit"> = new Map([
	[25, "required"],
	[465, "implicit"],
	[587, "required"],
]);

const listener = z
	.strictObject({
		protocol: z.enum(["smtp", "submission", "imap", "sieve"]),
		publicPort: port.describe("Port of the outside world"),
		stockPort: port.describe("Port of the pod for clients inside the cluster, who send no header"),
		proxyPort: port.describe("Port of the pod that demands a PROXY protocol header"),
		nodePort: nodePort.describe("Port of every node that forwards to `proxyPort`"),
		checkNodePort: nodePort.describe("Port of every node that forwards to `stockPort`, for health checks"),
		tls: tlsMode,
	})
	.superRefine(({ protocol, tls, stockPort, proxyPort, nodePort, checkNodePort }, context) => {
		const problem = (path: string, message: string) =>
			context.addIssue({ code: "custom", path: [path], message });
		if (!(tlsOf[protocol] as readonly string[]).includes(tls))
			problem("tls", `expected ${tlsOf[protocol].join(" or ")} for ${protocol}`);
		if (stockPort === proxyPort)
			problem(
				"proxyPort",
				"expected another port than stockPort: a header is a must on one and an error on the other",
			);
		if (nodePort === checkNodePort)
			problem("checkNodePort", "expected another port than nodePort: a check there would kill the daemon");
	});

const edge = z
	.strictObject({
		proxy: word.describe("Key of the host in `network.hosts` whose HAProxy accepts mail, at its address"),
		ssh: sshLogin
			.optional()
			.describe("Login of `infra pfsense`; without it the command works on pfSense only"),
		formerTarget: z
			.string()
			.regex(/^[A-Za-z0-9_.]+$/, "expected an alias of pfSense or an IPv4 address")
			.optional()
			.describe("Former target of the mail redirects, to which a rollback returns them"),
		ipv6Interface: z
			.string()
			.regex(/^(wan|opt[1-9]\d*)$/, "expected the name of an interface in pfSense: wan, or opt1 and so on")
			.optional()
			.describe("Where connections to `network.public.ipv6` arrive, which the edge then listens at as well"),
		maxConnections: z.int().min(1).describe("Of each listener"),
		connectTimeout: haproxyTimer.describe("After which another node is tried"),
		check: z.strictObject({ interval: haproxyTimer, fall: z.int().min(1), rise: z.int().min(1) }),
		idle: z
			.strictObject({ smtp: haproxyTimer, submission: haproxyTimer, imap: haproxyTimer, sieve: haproxyTimer })
			.describe("After which a silent connection is closed"),
	})
	.superRefine(({ connectTimeout, check, idle }, context) => {
		const problem = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
		if (connectTimeout > seconds(5))
			problem(["connectTimeout"], "expected at most 5s: a client of a dead node waits that long");
		if (times(check.fall, check.interval) > seconds(30))
			problem(["check"], "expected fall x interval of at most 30s: until then a dead node gets connections");
		for (const protocol of ["smtp", "submission"] as const)
			if (idle[protocol] < minutes(10))
				problem(
					["idle", protocol],
					"expected at least 10m, which a server may take after the final dot (RFC 5321)",
				);
		if (idle.sieve < minutes(30))
			problem(["idle", "sieve"], "expected at least 30m: a client may edit that long (RFC 5804)");
		if (idle.imap < minutes(30))
			problem(["idle", "imap"], "expected at least 30m: clients are silent that long in IDLE (RFC 2177)");
	});

const relay = z
	.strictObject({
		host: hostName.describe("Its name, which its certificate must carry"),
		port,
		tls: z
			.enum(["required", "implicit"])
			.describe("`required`: after STARTTLS; `implicit`: from the first byte, as port 465 has it"),
		dailyLimit: z.int().min(1).describe("Messages that it takes in a day"),
	})
	.superRefine(({ port, tls }, context) => {
		const expected = impliedTls.get(port);
		if (expected !== undefined && tls !== expected)
			context.addIssue({
				code: "custom",
				path: ["tls"],
				message: `expected ${expected} on port ${port} (RFC 8314): either side would wait for the other to begin`,
			});
	});

/** The mail server: listeners, mailboxes, aliases and relay. */
export const mail = z.strictObject({
	host: label.describe("Label of its name: a key of `virtualHosts`"),
	image,
	dovecot: z
		.enum(["2.3", "2.4"])
		.describe("Generation of Dovecot in the image: the two read different settings"),
	memory: bytes,
	volume: growingVolume("volume"),
	listeners: z
		.record(label.max(9, "expected at most 9 letters: the port of the pod is named <key>-proxy"), listener)
		.describe("Everything that it listens on"),
	clients: z.array(label).describe("Namespaces whose pods may use the stock ports"),
	edge,
	messageSizeLimit: bytes,
	quota: mailQuota.optional().describe("What each mailbox may hold; unlimited without it"),
	rateLimit: z.strictObject({
		connections: z.int().min(1).describe("Of one client in a minute"),
		messages: z.int().min(1).describe("Of one client in a minute"),
	}),
	accounts: z.array(ownAddress).min(1).describe("Mailboxes; their passwords are in Vault"),
	aliases: z
		.record(ownAddress, z.array(anyAddress).min(1))
		.describe("Addresses without a mailbox, and who gets their mail"),
	catchAll: ownAddress.describe("Account that gets what nobody else does"),
	relay,
	secrets: z.strictObject({
		accounts: versionedKey.describe("JSON object: password by address"),
		relay: versionedKey.describe("`[host]:port login:key`, as Postfix' password map has it"),
		dkim: versionedKey.describe(
			"PEM private key of the selector: the other half of `dns.dkim`, or the pod does not start",
		),
		foreignAliases: versionedKey
			.optional()
			.describe("Further lines `alias target` whose targets are nobody's business"),
	}),
	dkimSelector: label,
	dns: mailDns,
	domains: z
		.record(hostName, furtherMailDomain)
		.default({})
		.describe("Domains beside `network.domain` that have accounts and aliases here"),
	...mailJobs,
	backup: z.strictObject({ schedule: cronSchedule, retention: wholeWeeks, capacity: bytes, image }),
});
