import { z } from 'zod';
import { ORGANIZATION_NAME } from '../../auth/tokens/claims.js';

export const organizationNameSchema = z.string().regex(ORGANIZATION_NAME, 'is not the name of an organization');
