import type { RawProvider } from "../../../providers/schema/raw-schema.ts";

const disk = {
	attributes: Object.fromEntries(
		Array.from(
			{ length: 12 },
			(_, index) => [`option_${index}`, { type: "string", optional: true }] as const,
		),
	),
};

/** One provider as `terraform providers schema -json` describes it. */
export const rawExample: RawProvider = {
	provider: { block: { attributes: { address: { type: "string", required: true } } } },
	resource_schemas: {
		example_server: {
			block: {
				attributes: {
					id: { type: "string", optional: true, computed: true },
					labels: { type: ["map", "string"], optional: true },
					password_wo: { type: "string", optional: true, write_only: true },
					hook: {
						optional: true,
						nested_type: {
							nesting_mode: "single",
							attributes: { path: { type: "string", required: true, deprecated: true } },
						},
					},
				},
				block_types: {
					disk: { nesting_mode: "list", min_items: 1, block: disk },
					backup: { nesting_mode: "list", max_items: 1, block: disk },
				},
			},
		},
		example_queue: { block: { deprecated: true } },
	},
};
