import { normalize } from "node:path/posix";
import { isAgeRecipient } from "./age-recipient.ts";
import { port } from "./primitives.ts";
import { word } from "./texts.ts";
import { z } from "./zod.ts";

/** Folders that may be deleted at any time, since their content is generated: outputs and installed packages. */
const disposable = /^(cdktf\.out(\.[^/]*)?|node_modules|\.cache)(\/|$)/;

const directory = z
	.string()
	.regex(/^[\w.][\w./-]*$/, "expected a path relative to the repository")
	.refine((path) => !disposable.test(normalize(path)), {
		error: "this folder may be removed at any time: expected one of its own, such as state/<site>",
	})
	.describe("Holds one folder per stack");

const local = z.strictObject({ kind: z.literal("local"), directory });

/** Encrypted on its way to the disk, so that it can be kept in git (docs/decisions/0011-state-encrypted-by-the-command.md). */
const encrypted = z.strictObject({
	kind: z.literal("encrypted"),
	directory,
	recipients: z
		.array(
			z
				.string()
				.refine(isAgeRecipient, { error: "expected a public key of age such as age1…, whole and unchanged" }),
		)
		.min(1, "expected at least one: without Vault nothing else opens the state")
		.describe("Public keys of age (age-keygen -y) whose holders can read every state without Vault"),
	secrets: z
		.string()
		.regex(/^[\w.][\w./-]*$/, "expected a path relative to the repository")
		.refine((path) => !disposable.test(normalize(path)), {
			error: "this folder may be removed at any time: expected one that git has, such as secrets/<site>",
		})
		.optional()
		.describe(
			"Folder of what is needed before Vault is there, encrypted for the same keys, and of no other site (default: `secrets/<name of the site>`)",
		),
});

const postgres = z.strictObject({
	kind: z.literal("postgres"),
	host: word,
	port: port.default(5432),
	database: word,
	user: word,
	sslMode: z.enum(["disable", "require", "verify-ca", "verify-full"]),
});

/** Where Terraform keeps state. Which tier a stack belongs to is part of its declaration. */
export const state = z.strictObject({
	tier0: z
		.discriminatedUnion("kind", [local, encrypted])
		.describe("Stacks that must be applied before the database is there"),
	tier1: z.discriminatedUnion("kind", [local, postgres]).describe("Everything else; one schema per stack"),
});
