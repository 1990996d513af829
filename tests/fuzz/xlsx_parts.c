/* The parts of a workbook. The input is their XML, separated by zeros: the worksheet, shared texts, styles, the
 * workbook, its relationships, and those of the package; a part that is missing or empty is the usual one. */
#include "fuzz/fuzz.h"
#include "fuzz/reports.h"
#include "fuzz/stored_zip.h"

#include <string.h>

#define RELATION(id, type, target)                                                                                     \
    "<Relationship Id=\"" id "\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/" type     \
    "\" Target=\"" target "\"/>"

static const struct {
    const char *name, *usual;
} parts[] = {
    {"xl/worksheets/sheet1.xml", "<worksheet/>"},
    {"xl/sharedStrings.xml", "<sst><si><t>measure</t></si><si><t>value</t></si><si><t>unit</t></si>"
                             "<si><t>observed_on</t></si><si><t>noise</t></si><si><t>个</t></si></sst>"},
    {"xl/styles.xml", "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m\"/></numFmts>"
                      "<cellXfs><xf/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"10\"/></cellXfs>"
                      "</styleSheet>"},
    {"xl/workbook.xml", "<workbook><sheets><sheet id=\"rId1\"/></sheets></workbook>"},
    {"xl/_rels/workbook.xml.rels",
     "<Relationships>" RELATION("rId1", "worksheet", "worksheets/sheet1.xml") RELATION("rId2", "styles", "styles.xml")
         RELATION("rId3", "sharedStrings", "sharedStrings.xml") "</Relationships>"},
    {"_rels/.rels", "<Relationships>" RELATION("rId1", "officeDocument", "xl/workbook.xml") "</Relationships>"},
};

#define PARTS (sizeof parts / sizeof *parts)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint8_t archive[1 << 16];
    struct arena *arena = fuzz_arena();
    struct zip_part content[PARTS];
    for (size_t i = 0; i < PARTS; i++) {
        const uint8_t *end = bytes == 0 ? NULL : memchr(data, '\0', bytes);
        size_t length = end == NULL ? bytes : (size_t)(end - data);
        content[i] = (struct zip_part){parts[i].name, {data, length}};
        if (length == 0)
            content[i].content = (struct slice){(const uint8_t *)parts[i].usual, strlen(parts[i].usual)};
        data += length + (end != NULL);
        bytes -= length + (end != NULL);
    }
    struct slice zip = stored_zip(content, PARTS, arena);
    if (zip.bytes > sizeof archive)
        return 0;
    memcpy(archive, zip.data, zip.bytes); /* the arena begins anew when the file is read */
    fuzz_check_reports((struct slice){archive, zip.bytes});
    return 0;
}
