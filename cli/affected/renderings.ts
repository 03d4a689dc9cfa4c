import type { Json } from "../../world/world.ts";

/** A synthesised stack as it lies in a folder. */
export interface RenderedStack {
	/** Content of `cdk.tf.json`. */
	readonly document: { readonly [key: string]: Json | undefined };
	/** Its part of the dependency lock file. */
	readonly lock: string;
	/** Digests of files and folders of the checkout that the document names, such as charts, by path. */
	readonly files: Readonly<Record<string, string>>;
}

/** Texts by part and name: what is rendered beside Terraform. */
export type Beside = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Everything that one revision renders for one site. */
export interface Renderings {
	/** By name. */
	readonly stacks: Readonly<Record<string, RenderedStack>>;
	/** The site, validated by its own code; undefined for a revision that cannot tell it. */
	readonly site: Json | undefined;
	/** Undefined for a revision that cannot tell it. */
	readonly beside: Beside | undefined;
}

/** What is rendered beside Terraform, and the command that must follow a change of it. */
export const besideParts: Readonly<Record<string, { readonly what: string; readonly command: string }>> = {
	edge: { what: "mail edge on the router", command: "infra pfsense apply" },
	exports: { what: "export table of the NFS server", command: "infra exports apply" },
	hostFiles: {
		what: "programs and units of the storage host",
		command: "infra backup files --out backup-host, then ./install.sh in it on the host",
	},
	setupScript: {
		what: "setup script of newcomers",
		command: "infra setup-script --os linux|macos, to hand out anew",
	},
};
