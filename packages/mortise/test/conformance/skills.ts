import type { Server } from 'mortise/server'
import { skills } from 'mortise/skills'

/** A skill with files in directories (Skills, conformance scenarios `sep-2640-skills-*`), and one inside others. */
export function addSkills(server: Server): void {
  server.extend(
    skills({
      cache: { ttlMs: 60_000, scope: 'public' },
      skills: [
        {
          path: 'pdf-processing',
          files: {
            'SKILL.md': pdf,
            'references/FORMS.md': '# Forms\n\nFill in every field.\n',
            'templates/invoice.md': '# Invoice\n',
            'templates/regional/eu-invoice.md': '# Invoice, EU\n',
          },
        },
        { path: 'acme/billing/refunds', files: { 'SKILL.md': refunds } },
      ],
    }),
  )
}

const pdf = `---
name: pdf-processing
description: >-
  Extract, fill,
  and assemble PDF documents
license: Apache-2.0
metadata:
  version: "2.1"
  tags: [pdf, forms]
---

# PDF processing

Choose a template from \`templates/\`.
`

const refunds = `---
name: refunds
description: "Refunds: process what customers ask for"
---

# Refunds
`
