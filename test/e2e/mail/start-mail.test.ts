import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";

needs("openssl");

const files = new DeployedStack(await loadSite("lab"), "mailserver").files("mailserver-config");
const root = mkdtempSync(join(tmpdir(), `infra-${process.pid}-start-mail-`));
afterAll(() => rmSync(root, { recursive: true }));

const pair = (type: "rsa" | "ed25519") => {
	const publicKeyEncoding = { type: "spki", format: "pem" } as const;
	const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
	return type === "rsa"
		? generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding })
		: generateKeyPairSync("ed25519", { publicKeyEncoding, privateKeyEncoding });
};
const signer = pair("rsa");

/** A key and its certificate for a name, as PEM. */
function certified(name: string): { readonly key: string; readonly certificate: string } {
	const { privateKey: key } = pair("rsa");
	const file = join(root, `${name}.key`);
	writeFileSync(file, key);
	const words = `req -x509 -key ${file} -days 2 -subj /CN=mail -addext subjectAltName=DNS:other.example,DNS:${name}`;
	return { key, certificate: execFileSync("openssl", words.split(" "), { encoding: "utf8" }) };
}
const certificate = certified("*.lab.example.org");
const foreign = certified("mail.example.org");

/** What the runbook has people make of their password. */
const hashOf = (password: string) =>
	`{SHA512-CRYPT}${execFileSync("openssl", ["passwd", "-6", "-stdin"], { input: `${password}\n`, encoding: "utf8" }).trim()}`;

interface Secrets {
	readonly accounts?: string;
	readonly relay?: string;
	readonly "dkim-lab.example.org"?: string;
	readonly "foreign-aliases"?: string;
	readonly "tls.crt"?: string;
	readonly "tls.key"?: string;
}

interface Quotas {
	readonly own?: Readonly<Record<string, string>>;
	readonly variables?: (at: (name: string) => string) => Readonly<Record<string, string>>;
}

/**
 * Runs the pod's start with other directories; in the image's place stands `true`.
 *
 * @param groups those that the image has, instead of this machine's: only root may give them a file
 * @param published key in the DNS, in the place of the site's, whose private half nobody has
 * @param quotas files and variables of a site that has them
 */
function start(
	secrets: Secrets = {},
	groups: readonly string[] = [],
	published = signer.publicKey,
	{ own = files, variables = () => ({}) }: Quotas = {},
) {
	const folder = mkdtempSync(join(root, "run-"));
	const at = (name: string) => join(folder, name);
	for (const name of ["config", "secrets", "bin", "tree-mail", "tree-state"]) mkdirSync(at(name));
	const programs = {
		getent: `case " ${groups.join(" ")} " in *" $2 "*) ;; *) exit 2 ;; esac`,
		dovecot: "echo '2.3.19.1 (9b53102964)'",
		chgrp: `echo "$@" >>"${at("groups")}"`,
	};
	for (const [name, line] of Object.entries(programs))
		writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
	for (const [name, text] of Object.entries({
		...own,
		"dkim-lab.example.org.pem": published,
		"dkim-keys": `lab.example.org ${at("mail/rspamd/dkim/lab.example.org/mail.private")}\n`,
	}))
		writeFileSync(at(`config/${name}`), text, { mode: 0o755 });
	const all: Secrets = {
		accounts: "me@lab.example.org\tfirst dummy\nspam@lab.example.org\tdummy$'\"\\\n",
		relay: "[smtp-relay.brevo.com]:587 login:dummy\n",
		"dkim-lab.example.org": signer.privateKey,
		"tls.crt": certificate.certificate,
		"tls.key": certificate.key,
		...secrets,
	};
	for (const [name, text] of Object.entries(all)) writeFileSync(at(`secrets/${name}`), text);
	const { status, stderr } = spawnSync("bash", [at("config/start-mail.sh"), "true"], {
		env: {
			PATH: `${at("bin")}:${process.env.PATH}`,
			INFRA_CONFIG_DIR: at("config"),
			INFRA_SECRETS_DIR: at("secrets"),
			INFRA_MAIL_DIR: at("mail"),
			INFRA_SERVER: "lab.example.org",
			INFRA_MAIL_TREE: at("tree-mail"),
			INFRA_STATE_TREE: at("tree-state"),
			INFRA_FIRST_APPLY: new Date().toISOString(),
			INFRA_DOVECOT: "2.3",
			INFRA_CATCH_ALL: "spam@lab.example.org",
			INFRA_RELAY: "[smtp-relay.brevo.com]:587",
			INFRA_RELAY_PASSWORDS: at("sasl/passwd"),
			INFRA_DOMAINS: "lab.example.org second.example",
			...variables(at),
			INFRA_PROGRAMS: at("programs"),
			OVERRIDE_HOSTNAME: "mail.lab.example.org",
			SSL_CERT_PATH: at("secrets/tls.crt"),
			SSL_KEY_PATH: at("secrets/tls.key"),
			INFRA_FILTER_RULES: at("rspamd/rules.lua"),
			INFRA_PROCESS_DATA: String(2 ** 30),
		},
		encoding: "utf8",
	});
	const read = (name: string) => readFileSync(at(name), "utf8");
	return { status, stderr, at, read };
}

describe("the start of the mail pod", () => {
	test("puts every file where the image looks for it", () => {
		const { status, read } = start();
		expect(status).toBe(0);
		expect(read("mail/postfix-main.cf")).toBe(files["postfix-main.cf"]);
		expect(read("programs/queue-metrics.conf")).toBe(files["queue-metrics.conf"]);
		expect(read("rspamd/rules.lua")).toBe(files["room.lua"]);
		expect(read("mail/postfix-virtual.cf")).toBe(files["postfix-virtual.cf"]);
		expect(read("mail/dovecot.cf")).toBe(files["dovecot.cf"]);
		const filter = ["dkim_signing.conf", "milter_headers.conf", "worker-controller.inc", "worker-proxy.inc"];
		for (const name of filter) expect(read(`mail/rspamd/override.d/${name}`)).toBe(files[name]);
	});

	test("makes hashes that the passwords pass, whatever is in them", () => {
		const passwords = ["first dummy", "dummy$'\"\\", "\t dummy \t", "dümmy", "d".repeat(256)];
		const accounts = passwords.map((password, index) => `a${index}@lab.example.org\t${password}\n`).join("");
		const { read } = start({ accounts });
		const lines = read("mail/postfix-accounts.cf").trimEnd().split("\n");
		expect(lines).toHaveLength(passwords.length);
		for (const [index, password] of passwords.entries()) {
			const [, hash = ""] = lines[index]?.split("|") ?? [];
			const [, , salt = ""] = hash.split("$");
			const again = execFileSync("openssl", ["passwd", "-6", "-salt", salt, "-stdin"], {
				input: `${password}\n`,
				encoding: "utf8",
			});
			expect(again.trim()).toBe(hash);
		}
	});

	test("takes the hash that somebody made of their own password as it is", () => {
		const hash = hashOf("dummy");
		const { status, read } = start({ accounts: `me@lab.example.org\t${hash}\n` });
		expect(status).toBe(0);
		expect(read("mail/postfix-accounts.cf")).toBe(
			`me@lab.example.org|${hash.replace("{SHA512-CRYPT}", "")}\n`,
		);
	});

	test("keeps credentials from other users of the pod", () => {
		const { at } = start();
		expect(statSync(at("sasl/passwd")).mode & 0o777).toBe(0o600);
		expect(statSync(at("mail/postfix-accounts.cf")).mode & 0o777).toBe(0o600);
		expect(statSync(at("mail/rspamd/dkim/lab.example.org/mail.private")).mode & 0o777).toBe(0o640);
	});

	test("lets rspamd read the key for signing, where the image has it", () => {
		const { status, at, read } = start({}, ["mail", "_rspamd"]);
		expect({ status, groups: read("groups") }).toEqual({
			status: 0,
			groups: `_rspamd ${at("mail/rspamd/dkim/lab.example.org/mail.private")}\n`,
		});
		expect(existsSync(start({}, ["mail"]).at("groups"))).toBe(false);
	});

	test("takes a key in each form that OpenSSL reads, and of each kind that the DNS may publish", () => {
		const old = execFileSync("openssl", ["rsa", "-traditional"], {
			input: signer.privateKey,
			encoding: "utf8",
			stdio: "pipe",
		});
		expect(old).toContain("BEGIN RSA PRIVATE KEY");
		expect(start({ "dkim-lab.example.org": old })).toMatchObject({ status: 0 });
		const { publicKey, privateKey } = pair("ed25519");
		expect(start({ "dkim-lab.example.org": privateKey.trimEnd() }, [], publicKey)).toMatchObject({
			status: 0,
		});
	});

	test("stops where the image has a Dovecot that would not read the settings", () => {
		const variables = () => ({ INFRA_DOVECOT: "2.4" });
		const { status, stderr } = start({}, [], signer.publicKey, { variables });
		expect(status).toBe(1);
		expect(stderr).toBe("start-mail: the image has Dovecot 2.3.19.1 (9b53102964), mail.dovecot is 2.4\n");
	});

	test("adds lines that only Vault knows, with or without a last line break, blank lines or not", () => {
		const { status, read } = start({
			"foreign-aliases": "\nclub@lab.example.org somebody@example.net\n\nfan@lab.example.org x@example.net",
		});
		expect(status).toBe(0);
		expect(read("mail/postfix-virtual.cf")).toBe(
			`${files["postfix-virtual.cf"]}club@lab.example.org somebody@example.net\nfan@lab.example.org x@example.net\n`,
		);
	});

	test("adds an alias that is like an account's address, and is another", () => {
		const accounts = "me@lab.example.org\tdummy\na-b@lab.example.org\tdummy\n";
		const virtual = "me@lab.example.org me@lab.example.org\na-b@lab.example.org a-b@lab.example.org\n";
		const alias = "a.b@lab.example.org somebody@example.net\n";
		const own = { ...files, "postfix-virtual.cf": virtual };
		const { status, stderr, read } = start({ accounts, "foreign-aliases": alias }, [], signer.publicKey, {
			own,
		});
		expect([status, stderr]).toEqual([0, ""]);
		expect(read("mail/postfix-virtual.cf")).toBe(virtual + alias);
	});

	test("gives each account its own limit, and lets mail abroad pass whatever is full", () => {
		const own = {
			...files,
			"account-fields": "m.e@lab.example.org limit=1\nspam@lab.example.org limit=2\n",
			"quota-recipients": "@lab.example.org::5000:5000::::limit=2\n",
		};
		const variables = (at: (name: string) => string) => ({
			INFRA_QUOTA_RECIPIENTS: at("users"),
			INFRA_UNLIMITED: "limit=0",
		});
		const secrets = { "foreign-aliases": "club@lab.example.org somebody@example.net\n" };
		const { status, at, read } = start(secrets, [], signer.publicKey, { own, variables });
		expect(status).toBe(0);
		const fields = read("mail/postfix-accounts.cf")
			.trimEnd()
			.split("\n")
			.map((line) => line.split("|").toSpliced(1, 1));
		expect(fields).toEqual([["me@lab.example.org"], ["spam@lab.example.org", "limit=2"]]);
		expect(read("users")).toBe(
			"@lab.example.org::5000:5000::::limit=2\nclub@lab.example.org::5000:5000::::limit=0\n",
		);
		expect(statSync(at("users")).mode & 0o777).toBe(0o644);
	});

	test.for<[what: string, secrets: Secrets, message: string]>([
		[
			"an account without a password",
			{ accounts: "me@lab.example.org\t\n" },
			"me@lab.example.org has no password",
		],
		[
			"a hash of the account that jobs log in to",
			{ accounts: `spam@lab.example.org\t${hashOf("dummy")}\n` },
			"spam@lab.example.org has a hash: jobs log in there",
		],
		[
			"a hash of another form, or one that was cut off",
			{ accounts: `me@lab.example.org\t${hashOf("dummy").slice(0, -1)}\n` },
			"me@lab.example.org has a hash of another form than {SHA512-CRYPT} and what",
		],
		["a password of two lines", { accounts: "me@lab.example.org\tone\ntwo\n" }, "two has no password"],
		[
			"a password that OpenSSL would cut off",
			{ accounts: `me@lab.example.org\t${"d".repeat(257)}\n` },
			"me@lab.example.org has a password of more than 256 bytes",
		],
		["no account at all", { accounts: "" }, "there are no accounts"],
		[
			"a credential of another relay",
			{ relay: "[smtp.example.net]:587 login:dummy\n" },
			'the relay\'s credential is for "[smtp.example.net]:587", mail goes through [smtp-relay.brevo.com]:587',
		],
		[
			"an alias of another domain",
			{ "foreign-aliases": "a@example.net b@example.net\n" },
			"a@example.net is no address of lab.example.org or second.example",
		],
		[
			"an alias that takes an account's mail",
			{ "foreign-aliases": "me@lab.example.org b@example.net\n" },
			"me@lab.example.org is there already",
		],
		[
			"the same in capitals, which Postfix takes for the account",
			{ "foreign-aliases": "Me@lab.example.org b@example.net\n" },
			"Me@lab.example.org is there already",
		],
		[
			"a certificate for another name",
			{ "tls.crt": foreign.certificate, "tls.key": foreign.key },
			"the certificate does not have the name mail.lab.example.org",
		],
		["a certificate of another key", { "tls.key": foreign.key }, "the certificate is not that of its key"],
		["a certificate that is none", { "tls.crt": "dummy\n" }, "the certificate is none in PEM"],
		["an empty key of the certificate", { "tls.key": "" }, "the key of the certificate is no PEM private"],
		[
			"a key that lost its line breaks",
			{ "dkim-lab.example.org": signer.privateKey.replaceAll("\n", "") },
			"is no PEM private key",
		],
		[
			"a key of another pair",
			{ "dkim-lab.example.org": pair("rsa").privateKey },
			"is not the private half of the one that the DNS",
		],
		[
			"a key of another kind",
			{ "dkim-lab.example.org": pair("ed25519").privateKey },
			"is not the private half of the one that the",
		],
		[
			"a public key in the private one's place",
			{ "dkim-lab.example.org": signer.publicKey },
			"is no PEM private key",
		],
		[
			"half a line",
			{ "foreign-aliases": "a@lab.example.org\n" },
			"expected an alias and a target in each line",
		],
	])("stops at %s", ([, secrets, message]) => {
		const { status, stderr, at } = start(secrets);
		expect(status).not.toBe(0);
		expect(stderr).toContain(`start-mail: `);
		expect(stderr).toContain(message);
		if (secrets.accounts !== undefined) expect(existsSync(at("mail/postfix-accounts.cf"))).toBe(false);
	});
});

describe("the readiness of the mail pod", () => {
	test("is a look at the kernel's table, which opens no connection", async () => {
		const script = join(root, "listening.sh");
		writeFileSync(script, files["listening.sh"] ?? "");
		chmodSync(script, 0o755);
		let connections = 0;
		const server = createServer(() => {
			connections++;
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as { port: number };
		const closed = await freePort();
		const check = (...ports: number[]) => spawnSync(script, ports.map(String), { encoding: "utf8" });
		expect(check(port).status).toBe(0);
		const { status, stderr } = check(port, closed);
		expect([status, stderr]).toEqual([1, `nothing listens on ${closed}\n`]);
		server.close();
		expect(connections).toBe(0);
	});
});
