import type { MailPod } from "../../mail/mail-pod.ts";

/** Settings by name, as a daemon or the kernel tells them. */
export type Facts = Readonly<Record<string, string>>;

/** The owner of the mail, by the name that the image gives to number 5000. */
const accountName = /\bdocker\b(?!-)/g;
/** Lists are separated by commas, blanks or both. */
const normal = (value: string) =>
	value
		.replaceAll(/[\s,]+/g, " ")
		.replaceAll(accountName, "5000")
		.trim();
const lines = (text: string) => text.split("\n").filter(Boolean);
const named = (line: string): [string, string] => {
	const [name = "", value = ""] = line.split(/ = ?(.*)/);
	return [name, normal(value)];
};

/** Everything that Postfix goes by: each parameter, each service, and each parameter of a service. */
function postfix(pod: MailPod): Facts {
	const parameters = lines(pod.run("postconf")).map(named);
	const services = lines(pod.run("postconf", "-M")).map((line): [string, string] => {
		const [name, type, ...columns] = line.split(/\s+/);
		return [`${name}/${type}`, columns.slice(0, 6).join(" ")];
	});
	const options = lines(pod.run("postconf", "-P")).map(named);
	// A number of a process says nothing.
	return Object.fromEntries(
		[...parameters, ...services, ...options].filter(([name]) => name !== "process_id"),
	);
}

/** What Dovecot has that differs from its defaults, each setting with the sections around it. */
function dovecot(pod: MailPod): Facts {
	const sections: string[] = [];
	const facts: Record<string, string> = {};
	for (const line of lines(pod.run("doveconf", "-n")).map((one) => one.trim())) {
		if (line.startsWith("#")) continue;
		if (line.endsWith("{")) sections.push(line.slice(0, -2));
		else if (line === "}") sections.pop();
		else {
			const [name, value] = named(line);
			facts[[...sections, name].join(" / ")] = value.replaceAll('"', "").trim();
		}
	}
	return facts;
}

/** Everything that Rspamd goes by. */
function rspamd(pod: MailPod): Facts {
	const facts: Record<string, string> = {};
	const read = (value: unknown, name: string): void => {
		if (typeof value !== "object" || value === null) facts[name] = String(value);
		else for (const [key, inner] of Object.entries(value)) read(inner, name ? `${name}/${key}` : key);
	};
	read(JSON.parse(pod.run("rspamadm", "configdump", "--json")), "");
	return facts;
}

/** Names of the variables that the daemons inherit. */
function environment(pod: MailPod): Facts {
	const variables = pod.run("cat", "/proc/1/environ").split("\0").filter(Boolean);
	return Object.fromEntries(variables.map((variable) => [variable.split("=", 1)[0] ?? "", "is set"]));
}

/** Ports that are listened on: by others, or by the pod alone. */
function ports(pod: MailPod): Facts {
	const facts: Record<string, string> = {};
	for (const line of lines(pod.run("cat", "/proc/net/tcp", "/proc/net/tcp6"))) {
		const [, address = "", port = ""] = /^\s*\d+: (\w+):(\w{4}) \w+:\w{4} 0A /.exec(line) ?? [];
		if (address === "") continue;
		const reach = /^0100007F$|^0{24}01000000$/.test(address) ? "inside" : "outside";
		facts[`${reach} ${Number.parseInt(port, 16)}`] = "listens";
	}
	return facts;
}

/** Where our files and the state end up: kind, owner and mode of each path, and the content where it is ours. */
function files(pod: MailPod): Facts {
	const facts: Record<string, string> = {};
	const ours = [
		"/tmp/docker-mailserver",
		"/etc/postfix/sasl",
		"/etc/mail-config",
		"/etc/mail-secrets",
		"/tmp/ssl",
	];
	const kept = ["/var/mail", "/var/mail-state", "/var/log/mail"];
	const read = (places: readonly string[], depth: string) =>
		lines(pod.run("find", ...places, "-maxdepth", depth, "-printf", "%p\\t%y %u:%g %m %l\\n"));
	for (const line of [
		...read(ours, "9"),
		...read(kept, "1"),
		...read(["/etc/postsrsd.secret", "/var/lib/rspamd"], "0"),
	]) {
		const [path = "", fact = ""] = line.split("\t");
		facts[path] = normal(fact);
	}
	// Hashes of passwords and tables of them are never the same twice, and each harness has a certificate of its own.
	const told = ours.filter((place) => !/secrets|ssl/.test(place));
	for (const line of lines(
		pod.run(
			"find",
			...told,
			"-type",
			"f",
			"!",
			"-name",
			"postfix-accounts.cf",
			"!",
			"-name",
			"*.db",
			"-exec",
			"sha256sum",
			"{}",
			"+",
		),
	)) {
		const [sum = "", path = ""] = line.split(/ +/);
		facts[path] += ` ${sum.slice(0, 8)}`;
	}
	return facts;
}

/** A word in the place of a command, in a script of a shell. */
const started =
	/(?<=^\s*|[|;&(`!{]\s*|\b(?:if|then|else|do|while|until|exec|timeout \d+)\s+)[a-z][\w.-]*(?![\w=).-])/gm;

/**
 * Programs that our scripts start, and those that they are written for. The stand-in has all of this machine's, also what
 * the image has not; words that are no program's name are in neither.
 */
function programs(pod: MailPod): Facts {
	const scripts = pod.run("sh", "-c", "cat /etc/mail-config/*.sh").replaceAll(/^\s*#.*/gm, "");
	const interpreters = pod.run("sh", "-c", "head -qn 1 /etc/mail-config/*.*").matchAll(/^#!(\S+)/gm);
	const names = new Set([
		...[...scripts.matchAll(started)].map(([name]) => name),
		...[...interpreters].map(([, path = ""]) => path),
	]);
	const there = 'for name; do if type -P "$name" >/dev/null; then echo "$name"; fi; done';
	return Object.fromEntries(
		lines(pod.run("bash", "-c", there, "-", ...names)).map((name) => [name, "is there"]),
	);
}

/** What a pod goes by, by subject. */
export const subjects: Readonly<Record<string, (pod: MailPod) => Facts>> = {
	Postfix: postfix,
	Dovecot: dovecot,
	Rspamd: rspamd,
	environment,
	ports,
	files,
	programs,
};
