import { hostName, label, port } from "./primitives.ts";
import { z } from "./zod.ts";

/**
 * An address that one part of the platform offers to the others. `stack` names the stack that must produce it;
 * an endpoint without one is served by something outside this project.
 */
export const endpoint = z.strictObject({
	host: hostName.describe("Name that clients use"),
	ports: z.record(label, port).describe("Port numbers by port name"),
	stack: z.string().optional().describe("Stack that produces the endpoint"),
	purpose: z.string().describe("One line for the documentation table"),
});

export const endpoints = z.record(label, endpoint);
