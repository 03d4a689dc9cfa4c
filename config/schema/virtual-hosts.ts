import { label } from "./primitives.ts";
import { line, word } from "./texts.ts";
import { z } from "./zod.ts";

const homePage = z.strictObject({
	name: line,
	group: z.enum([
		"Core Platform",
		"Infrastructure",
		"Identity & Security",
		"Development & CI",
		"Media & Entertainment",
		"Smart Home",
		"AI & Data",
		"Productivity",
		"Automation",
		"Finance & Personal",
		"Other",
	]),
	icon: z
		.string()
		.regex(/^[\w-]+\.(png|svg)$/, "expected the file name of an icon such as vault.png")
		.optional()
		.describe("The label with .png when absent"),
});

const virtualHost = z.strictObject({
	stack: word.optional().describe("Stack that serves it; absent when that lies outside this project"),
	records: z
		.enum(["proxied", "non-proxied", "none"])
		.describe(
			"`proxied`: through the tunnel; `non-proxied`: the public addresses themselves, for what is more than HTTP; `none`: known inside only",
		),
	purpose: line.describe("One line for tables and tiles"),
	homePage: homePage.optional().describe("Its tile; none when absent"),
});

/**
 * Hosts that the ingress controller serves, by their label below `network.domain`: one label, since the wildcard
 * certificate covers no deeper name. Ingresses, records, monitors, tiles and reserved names are derived from it.
 */
export const virtualHosts = z.record(label, virtualHost);
