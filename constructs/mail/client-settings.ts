import { mailDomains } from "../../config/schema/mail-domains.ts";
import type { Site } from "../../config/schema/site.ts";
import { type MailListener, mailListeners } from "./listeners.ts";

/** An element of XML: name, attributes, and a text or further elements. */
type Element = readonly [
	name: string,
	attributes: Readonly<Record<string, string>>,
	content: string | readonly Element[],
];

const escapes: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&apos;",
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

function render([name, attributes, content]: Element, indent = ""): string {
	const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
	const open = `${indent}<${name}${given.join("")}>`;
	if (typeof content === "string") return `${open}${escaped(content)}</${name}>\n`;
	return `${open}\n${content.map((child) => render(child, `${indent}\t`)).join("")}${indent}</${name}>\n`;
}

const document = (root: Element) => `<?xml version="1.0" encoding="UTF-8"?>\n${render(root)}`;
const texts = (values: Readonly<Record<string, string>>): Element[] =>
	Object.entries(values).map(([name, text]) => [name, {}, text]);

/** Stands for the whole address, which is the login, in the file of autoconfig as in ours of autodiscover. */
const address = "%EMAILADDRESS%";

type SettingsSite = Pick<Site, "mail" | "network">;

const serverName = ({ mail, network }: SettingsSite) => `${mail.host}.${network.domain}`;

/** Listeners of a protocol, those with TLS from the first byte before others (RFC 8314, section 3). */
function preferred(site: SettingsSite, protocol: MailListener["protocol"]): readonly MailListener[] {
	const all = mailListeners(site).filter((listener) => listener.protocol === protocol);
	return [...all.filter(({ tls }) => tls === "implicit"), ...all.filter(({ tls }) => tls !== "implicit")];
}

/** Settings of every domain in Mozilla's format, version 1.1. Clients take the first server of a kind that they know. */
export function autoconfigXml(site: SettingsSite): string {
	const server =
		(kind: string, type: string) =>
		({ publicPort, tls }: MailListener): Element => [
			kind,
			{ type },
			texts({
				hostname: serverName(site),
				port: String(publicPort),
				socketType: tls === "implicit" ? "SSL" : "STARTTLS",
				username: address,
				authentication: "password-cleartext",
			}),
		];
	const { domain } = site.network;
	const provider: Element = [
		"emailProvider",
		{ id: domain },
		[
			...mailDomains(site).map(({ name }): Element => ["domain", {}, name]),
			...texts({ displayName: domain, displayShortName: domain }),
			...preferred(site, "imap").map(server("incomingServer", "imap")),
			...preferred(site, "submission").map(server("outgoingServer", "smtp")),
		],
	];
	return document(["clientConfig", { version: "1.1" }, [provider]]);
}

const namespaces = {
	envelope: "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006",
	response: "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a",
};

/**
 * The same as Outlook reads it (MS-OXDSCLI, section 2.2.4). Without a login name it would take what is before the `@`.
 * `Encryption` is read where it is known, and `SSL` elsewhere.
 */
export function autodiscoverXml(site: SettingsSite): string {
	const protocol =
		(type: string) =>
		({ publicPort, tls }: MailListener): Element => [
			"Protocol",
			{},
			texts({
				Type: type,
				Server: serverName(site),
				Port: String(publicPort),
				DomainRequired: "off",
				LoginName: address,
				SPA: "off",
				SSL: "on",
				Encryption: tls === "implicit" ? "SSL" : "TLS",
				AuthRequired: "on",
			}),
		];
	const account: Element = [
		"Account",
		{},
		[
			...texts({ AccountType: "email", Action: "settings" }),
			...preferred(site, "imap").map(protocol("IMAP")),
			...preferred(site, "submission").map(protocol("SMTP")),
		],
	];
	return document([
		"Autodiscover",
		{ xmlns: namespaces.envelope },
		[["Response", { xmlns: namespaces.response }, [account]]],
	]);
}
