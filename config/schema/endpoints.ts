import { hostName, label, port } from "./primitives.ts";
import { line } from "./texts.ts";
import { VisibleError } from "./visible-error.ts";
import { z } from "./zod.ts";

const endpoint = z.strictObject({
	host: hostName.describe("Name that clients use"),
	ports: z.record(label, port).describe("Port numbers by port name"),
	purpose: line.describe("One line for the documentation table"),
});

/** An address that one part of the platform offers to the others. */
export interface Endpoint extends z.output<typeof endpoint> {
	/** Stack that must produce it; none of what is served outside this project. */
	readonly stack?: string;
}

/** A site lists what is served outside this project; parsing adds what its stacks serve. */
export const endpoints = z
	.record(label, endpoint)
	.transform((foreign): Readonly<Record<string, Endpoint>> => foreign);

/**
 * Base URL of an endpoint that speaks HTTP, without a slash at its end.
 *
 * @throws VisibleError when it has no port of that name
 */
export function httpUrl({ host, ports }: Pick<Endpoint, "host" | "ports">): string {
	if (ports.http === undefined)
		throw new VisibleError(
			`endpoints, ${host}: expected a port with the name http; it has ${Object.keys(ports).join(", ") || "none"}`,
		);
	return `http://${host}:${ports.http}`;
}
