import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { LabProgram } from "../control-plane.ts";
import type { NeededProgram } from "../needed-programs.ts";
import { type AnswerByName, askJson } from "./ask-json.ts";
import { askForge, type ForgeAccount } from "./gitea.ts";

/** The server and the agent, in this order; no module of Go builds them. */
export const woodpeckerPrograms: readonly NeededProgram[] = [
	{ names: ["woodpecker-server"] },
	{ names: ["woodpecker-agent"] },
];

type Variables = Readonly<Record<string, string>>;

export interface WoodpeckerProps {
	/** Where its database lies. */
	readonly folder: string;
	readonly ports: { readonly http: number; readonly grpc: number };
	/** Address of the forge, and the account that its application belongs to. */
	readonly forge: Pick<ForgeAccount, "token"> & { readonly address: string };
	/** Settings beside those that a server on loopback with this forge needs. */
	readonly settings: Variables;
}

/** A Woodpecker server on loopback, with SQLite, whose accounts are those of a forge; and its agents. */
export class Woodpecker {
	readonly address: string;
	readonly #grpc: number;
	readonly #settings: Variables;

	private constructor(address: string, grpc: number, settings: Variables) {
		this.address = address;
		this.#grpc = grpc;
		this.#settings = settings;
	}

	/** Makes its application at the forge. */
	static async prepare({ folder, ports, forge, settings }: WoodpeckerProps): Promise<Woodpecker> {
		const address = `http://127.0.0.1:${ports.http}`;
		const { client_id, client_secret } = await askForge(forge, "POST", "/user/applications/oauth2", {
			name: "ci",
			confidential_client: true,
			redirect_uris: [`${address}/authorize`],
		});
		return new Woodpecker(address, ports.grpc, {
			...settings,
			WOODPECKER_HOST: address,
			WOODPECKER_SERVER_ADDR: `127.0.0.1:${ports.http}`,
			WOODPECKER_GRPC_ADDR: `127.0.0.1:${ports.grpc}`,
			WOODPECKER_GRPC_SECRET: randomBytes(16).toString("hex"),
			WOODPECKER_DATABASE_DRIVER: "sqlite3",
			WOODPECKER_DATABASE_DATASOURCE: join(folder, "woodpecker.db"),
			// The same code as for Forgejo, whose hooks Gitea does not make.
			WOODPECKER_FORGEJO: "false",
			WOODPECKER_GITEA: "true",
			WOODPECKER_GITEA_URL: forge.address,
			WOODPECKER_GITEA_CLIENT: client_id,
			WOODPECKER_GITEA_SECRET: client_secret,
			WOODPECKER_EXTENSIONS_ALLOWED_HOSTS: "loopback",
			WOODPECKER_DISABLE_VERSION_CHECK: "true",
		});
	}

	/** @param secret of its system agents */
	server(secret: string): LabProgram {
		return {
			names: ["woodpecker-server"],
			args: [],
			env: { ...this.#settings, WOODPECKER_AGENT_SECRET: secret },
		};
	}

	/** @param health a free port; @param environment which workflows it takes, and how it runs their steps */
	agent(secret: string, health: number, environment: Variables): LabProgram {
		return {
			names: ["woodpecker-agent"],
			args: [],
			env: {
				WOODPECKER_AGENT_CONFIG_FILE: "",
				WOODPECKER_HOSTNAME: "agent",
				...environment,
				WOODPECKER_SERVER: `127.0.0.1:${this.#grpc}`,
				WOODPECKER_AGENT_SECRET: secret,
				WOODPECKER_HEALTHCHECK_ADDR: `127.0.0.1:${health}`,
			},
		};
	}

	async isReady(): Promise<boolean> {
		return (await fetch(`${this.address}/healthz`, { signal: AbortSignal.timeout(2000) })).ok;
	}
}

/** Asks the API of a CI server below `/api`. @throws VisibleError for a refusal */
export function askCi(
	{ address, token }: { readonly address: string; readonly token: string },
	method: string,
	path: string,
	body?: object,
): Promise<AnswerByName> {
	return askJson(`${address}/api${path}`, { method, authorization: `Bearer ${token}`, body });
}
