import { z } from 'zod';
import { ORGANIZATION_NAME } from '../../domain/organization-name.js';

export const organizationNameSchema = z.string().regex(ORGANIZATION_NAME, 'is not the name of an organization');
