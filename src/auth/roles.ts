/** Roles from the least to the most powerful; each includes the ones before it. */
export const ROLES = ['viewer', 'operator', 'editor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Represents the operator's right among the roles of a stored API key. */
export const INSTALLATION_ADMIN = 'installation:admin';

export const isRole = (value: unknown): value is Role => (ROLES as readonly unknown[]).includes(value);

/** Whether one of the held roles is the required one or includes it. */
export const permits = (held: readonly Role[], required: Role): boolean =>
  held.some((role) => ROLES.indexOf(role) >= ROLES.indexOf(required));
