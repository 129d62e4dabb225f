/** Roles from the least to the most powerful; each includes the ones before it. */
export const ROLES = ['viewer', 'operator', 'editor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** How the right to run the installation stands among the roles of a stored API key. */
export const INSTALLATION_ADMIN = 'installation:admin';

export const isRole = (value: unknown): value is Role => (ROLES as readonly unknown[]).includes(value);

/** Tells whether one of the roles held is the required one or includes it. */
export const permits = (held: readonly Role[], required: Role): boolean =>
  held.some((role) => ROLES.indexOf(role) >= ROLES.indexOf(required));
