import { MiB } from "../../../../config/schema/quantity.ts";
import { info, me, stranger } from "./running.ts";
import { world } from "./world.ts";

const { messageSizeLimit } = world.mail;
const KiB = 1024;
/** The text that every filter takes for spam (GTUBE). */
const gtube = ["XJS*C4JDBQADN1.NSBN3*2IDNEN*", "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL", "*C.34X"].join("");

/** Letters and spam are strangers', for a mailbox; an account submits mail for a stranger. */
export type Kind = "letter" | "spam" | "submitted";

/** What a message is filled with. */
interface Content {
	/** Value of `Content-Type`. */
	readonly type: string;
	/** @default as it is */
	readonly encoding?: "base64";
	/** Parts of the body, by their number. */
	readonly part: (index: number) => string;
	/** What ends a part. @default the end of a line */
	readonly end?: string;
	/** What comes before the parts. @default a line of text */
	readonly begin?: string;
}

export interface Message {
	/** Its subject, which finds it again. */
	readonly mark: string;
	readonly kind: Kind;
	/** Whole size in bytes, about. */
	readonly size: number;
	readonly content: Content;
}

const letter: Content = {
	type: "text/plain; charset=utf-8",
	part: (index) => `word${index} ${index * 7919} another${index % 977} and one more`,
};
const hypertext: Content = {
	type: "text/html; charset=utf-8",
	part: (index) => `<p>word${index} <a href="http://host${index % 97}.example.net/${index}">more</a></p>`,
};
const attachment: Content = {
	type: "application/octet-stream",
	encoding: "base64",
	part: (index) => `${index} of an attachment `.padEnd(60, "-"),
};
const spam: Content = { type: letter.type, part: () => gtube };

/** Hypertext that is hard to read for a filter, by what is hard about it. */
const hard: Readonly<Record<string, Content>> = {
	"elements in elements": { ...hypertext, part: (index) => `<div><b><i>word${index}<span>` },
	"links to ever new hosts": {
		...hypertext,
		part: (index) => `<a href="http://host${index}.example.net/?q=a%20b">http://word${index}.example.org</a>`,
	},
	"one giant line": {
		...hypertext,
		part: (index) => `<p style="color:#${index % 1000}">word${index} `,
		end: "",
	},
	"links in Base64": {
		...hypertext,
		encoding: "base64",
		part: (index) => `<img src="cid:${index}"><a href="//h${index}.example.net">w`,
	},
	"pictures in the text itself": {
		...hypertext,
		part: (index) =>
			`<p>word${index}<img src="data:image/png;base64,${Buffer.alloc(690, `${index} `).toString("base64")}">`,
	},
};
export const hardKinds: readonly string[] = Object.keys(hard);

const mixture = "multipart/mixed; boundary=b";
/** What would cost a filter thirty to five hundred times its size, by what is in it. */
const ruinous: Readonly<Record<string, Content>> = {
	"parts without end": { type: mixture, begin: "", part: (index) => `--b\r\n\r\n${index}` },
	"such a letter in Base64": {
		type: "message/rfc822",
		encoding: "base64",
		begin: `Content-Type: ${mixture}\r\n\r\n`,
		part: (index) => `--b\r\n\r\n${index}`,
	},
	"hypertext in hundreds of parts": {
		type: mixture,
		part: (index) => (index % 4000 === 0 ? "--b\r\nContent-Type: text/html\r\n\r\n<i>" : "<b>"),
	},
};
export const ruinousKinds: readonly string[] = Object.keys(ruinous);

/** A stranger's letter of the largest size, of one of `hardKinds` or `ruinousKinds`. */
export function hardest(kind: string, mark: string): Message {
	const content = hard[kind] ?? ruinous[kind];
	if (content === undefined) throw new Error(`there is no letter of the kind ${kind}`);
	// Postfix breaks long lines and keeps the length of each, which counts, too.
	return { mark, kind: "letter", size: messageSizeLimit - 64 * KiB, content };
}

/**
 * Of ten senders six write to a mailbox, one sends spam, and three are accounts that write to the world. Of 900
 * messages that are no spam, three are of the size limit, 21 of 4 MiB, 69 of 512 KiB, 163 of 64 KiB, 644 of 1 KiB.
 */
export function mixed(index: number): Message {
	const sender = Math.floor(index / 10) % 10;
	const mark = `mark-${index}-`;
	// The filter looks for that text in small messages only.
	if (sender === 6) return { mark, kind: "spam", size: KiB, content: spam };
	const size = sizeOf(index);
	const content = size > MiB ? attachment : size > 100 * KiB ? hypertext : letter;
	return { mark, kind: sender < 6 ? "letter" : "submitted", size, content };
}

function sizeOf(index: number): number {
	// Postfix counts what it adds to the header, too.
	if (index === 78 || index % 333 === 36) return messageSizeLimit - 8 * KiB;
	if (index % 46 === 7) return 4 * MiB;
	if (index % 12 === 5) return 512 * KiB;
	return index % 5 === 1 ? 64 * KiB : KiB;
}

/** Sender and recipient. */
export function envelopeOf(kind: Kind): readonly [string, string] {
	return kind === "submitted" ? [me, stranger] : [stranger, info];
}

/** Header and body, with the dot that ends them. */
export function textOf({ mark, kind, size, content }: Message): string {
	const [sender, recipient] = envelopeOf(kind);
	const header = [
		`From: <${sender}>`,
		`To: <${recipient}>`,
		`Subject: ${mark}`,
		`Date: ${new Date().toUTCString()}`,
		`Message-ID: <${mark.replaceAll(" ", "-")}@${sender.split("@")[1]}>`,
		"MIME-Version: 1.0",
		`Content-Type: ${content.type}`,
		...(content.encoding === undefined ? [] : [`Content-Transfer-Encoding: ${content.encoding}`]),
		"",
		"",
	].join("\r\n");
	return `${header}${bodyOf(content, size - header.length)}\r\n.\r\n`;
}

const greeting = "Hello, this is what we talked about.\r\n";

function bodyOf({ encoding, part, end = "\r\n", begin = greeting }: Content, size: number): string {
	// Of four characters with a line's end after 76.
	const room = encoding === undefined ? size : Math.floor((size * 3 * 76) / (4 * 78));
	const parts = [begin];
	for (let length = 40, index = 0; ; index++) {
		const text = part(index) + end;
		length += text.length;
		if (length > room && index > 0) break;
		parts.push(text);
	}
	const body = parts.join("");
	if (encoding === undefined) return body;
	return Buffer.from(body).toString("base64").replaceAll(/.{76}/g, "$&\r\n");
}
