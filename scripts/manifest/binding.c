// SPDX-License-Identifier: Apache-2.0
#include "../../arch/x86/include/asm/guest_features.h"
#include "../../core/svc/manifest_binding.h"
#include "../../core/svc/manifest_rules.h"
#include "manifest_check.h"

void json_string(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		if (*text >= ' ')
			(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static void member(FILE *out, const char *key, const char *text, bool first)
{
	(void)fprintf(out, "%s\"%s\": ", first ? "" : ", ", key);
	json_string(out, text == NULL ? "" : text);
}

static void row(FILE *out, bool *first)
{
	(void)fputs(*first ? "\n    {" : ",\n    {", out);
	*first = false;
}

static void nodes_write(FILE *out)
{
	bool first = true;

#define NODE(node, above, spelled, unit, need, text) \
	row(out, &first);                            \
	member(out, "kind", #node, true);            \
	member(out, "parent", #above, false);        \
	member(out, "name", spelled, false);         \
	member(out, "unit", #unit, false);           \
	member(out, "need", #need, false);           \
	member(out, "text", text, false);            \
	(void)fputc('}', out);
	MANIFEST_NODES(NODE)
#undef NODE
}

static void property_write(FILE *out, const char *const words[8], u64 low, u64 high, bool *first)
{
	static const char *const keys[] = { "kind",  "name",    "form", "need",
					    "words", "default", "text" };

	row(out, first);
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		member(out, keys[i], words[i], i == 0U);
	(void)fprintf(out, ", \"low\": %llu, \"high\": %llu}", (unsigned long long)low,
		      (unsigned long long)high);
}

static void properties_write(FILE *out)
{
	bool first = true;

#define PROPERTY(node, spelled, form, need, draft, field, least, most, list, absent, text)         \
	property_write(out,                                                                        \
		       (const char *const[8]){ #node, spelled, #form, #need, list, absent, text }, \
		       least, most, &first);
	MANIFEST_PROPERTIES(PROPERTY)
#undef PROPERTY
}

static void rules_write(FILE *out)
{
	bool first = true;

#define RULE(rule, spelled, demand, hint)     \
	row(out, &first);                     \
	member(out, "name", spelled, true);   \
	member(out, "demand", demand, false); \
	member(out, "hint", hint, false);     \
	(void)fputc('}', out);
	MANIFEST_RULES(RULE)
#undef RULE
}

static void features_write(FILE *out)
{
	bool first = true;

#define FEATURE(id, spelled, number, where, at, from, is, need, more)              \
	row(out, &first);                                                          \
	member(out, "id", #id, true);                                              \
	member(out, "name", spelled, false);                                       \
	member(out, "register", #where, false);                                    \
	member(out, "source", #from, false);                                       \
	member(out, "default", #is, false);                                        \
	member(out, "needs", #need, false);                                        \
	member(out, "text", more, false);                                          \
	(void)fprintf(out, ", \"leaf\": %u, \"bit\": %u}", (unsigned int)(number), \
		      (unsigned int)(at));
	GUEST_FEATURES(FEATURE)
#undef FEATURE
}

void binding_write(FILE *out)
{
	(void)fputs("{\n  \"nodes\": [", out);
	nodes_write(out);
	(void)fputs("\n  ],\n  \"properties\": [", out);
	properties_write(out);
	(void)fputs("\n  ],\n  \"rules\": [", out);
	rules_write(out);
	(void)fputs("\n  ],\n  \"features\": [", out);
	features_write(out);
	(void)fputs("\n  ]\n}\n", out);
}
