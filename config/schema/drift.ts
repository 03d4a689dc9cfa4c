import { z } from "./zod.ts";

/** What of others `infra drift` leaves alone where it lists what no stack declares. */
export const drift = z
	.strictObject({
		accepted: z
			.record(
				z
					.string()
					.regex(
						/^(vault [a-z]+\/\S.*|dns [A-Z]+ \S+)$/,
						"expected a name as infra drift prints it, such as dns TXT _acme-challenge.example.org or vault auth/kubernetes/role/old, * for any text",
					),
				z.string().min(10, "expected the reason, a sentence"),
			)
			.default({})
			.describe(
				"By its name in infra drift, * for any text: why somebody else may keep it in Vault or the zone",
			),
	})
	.prefault({});
