import { type TextField, textsOf } from "../../world/texts.ts";
import { worldRule } from "../rule.ts";
import { isSecretName, isWrittenOut, secretAssignment, secretShape } from "../secret-shapes.ts";

export const noSecretInPlainSight = worldRule({
	id: "no-secret-in-plain-sight",
	severity: "error",
	reason: "Synthesised documents are committed, copied and printed; who reads one has every secret in it.",
	remedy:
		"Keep the value in Vault: mount it as a Secret of External Secrets, or read it as an ephemeral value into a write-only argument.",
	*check(world) {
		for (const text of textsOf(world)) {
			// Without the value: findings are printed and posted.
			const message = problemOf(text);
			if (message !== undefined) yield { subject: text.subject, argument: text.argument, message };
		}
	},
});

function problemOf({ subject, key, value }: TextField): string | undefined {
	const shape = secretShape(value);
	if (shape !== undefined) return `the value of ${key} looks like ${shape}`;
	if (value.includes("\n") || value.includes('"')) {
		const name = secretAssignment(key, value);
		return name === undefined ? undefined : `the text of ${key} writes out the value of ${name}`;
	}
	// In an ExternalSecret, `secretKey` is the name of a key.
	if (key === "secretKey" && "type" in subject && subject.type === "kubernetes_manifest") return undefined;
	return isSecretName(key) && isWrittenOut(value) ? `the value of ${key} is written out` : undefined;
}
