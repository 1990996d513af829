#include "domain/reason.h"

#include "domain/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *zh, *en;
} reasons[REASON_COUNT] = {
    [REASON_NONE] = {"NONE", "无", "none"},
    [REASON_MALFORMED_REQUEST] = {"MALFORMED_REQUEST", "请求无法读取", "the request cannot be read"},
    [REASON_UNKNOWN_REQUEST] = {"UNKNOWN_REQUEST", "本服务不受理此类请求",
                                "this service does not answer this kind of request"},
    [REASON_BATCH_SIZE] = {"BATCH_SIZE", "每批须有1至1000个事件", "a batch has 1 to 1,000 events"},
    [REASON_TOO_COMPLEX] = {"TOO_COMPLEX", "消息过于复杂", "the message needs more memory than one message may"},
    [REASON_UNKNOWN_STREAM] = {"UNKNOWN_STREAM", "没有这个事件流", "there is no such stream"},
    [REASON_UNAVAILABLE] = {"UNAVAILABLE", "服务暂不可用，未存储，请稍后重试",
                            "not available now, nothing was stored, try again later"},
    [REASON_NOT_ALLOWED] = {"NOT_ALLOWED", "此密钥无权这样做", "the key has no right to this"},
    [REASON_TOO_MANY_WAITING] = {"TOO_MANY_WAITING", "本客户端待处理的请求过多，未存储，请收到回复后重发",
                                 "too much of this client is waiting already, nothing was stored, send it again when "
                                 "replies have come"},
    [REASON_INVALID_SYNTAX] = {"INVALID_SYNTAX", "格式错误", "the syntax is wrong"},
    [REASON_UNKNOWN_FIELD] = {"UNKNOWN_FIELD", "没有这个字段", "there is no such field"},
    [REASON_MISSING_FIELD] = {"MISSING_FIELD", "缺少必填字段", "a required field is missing"},
    [REASON_TOO_LONG] = {"TOO_LONG", "内容过长", "the text or list is too long"},
    [REASON_INVALID_TEXT] = {"INVALID_TEXT", "文本须为UTF-8且不含控制字符",
                             "text must be UTF-8 without control characters"},
    [REASON_INVALID_IDENTIFIER] = {"INVALID_IDENTIFIER", "标识须为1至64个小写字母、数字或连字符",
                                   "an identifier is 1 to 64 of a-z, 0-9 and '-'"},
    [REASON_INVALID_DIVISION] = {"INVALID_DIVISION", "行政区划代码须为2、4、6、9或12位数字",
                                 "a division code has 2, 4, 6, 9 or 12 digits"},
    [REASON_INVALID_DECIMAL] = {"INVALID_DECIMAL", "须为十进制数，整数至多18位，小数至多9位",
                                "a decimal has at most 18 digits before the point and 9 after it"},
    [REASON_INVALID_DAY] = {"INVALID_DAY", "日期须为YYYY-MM-DD，自1990-01-01至2099-12-31",
                            "a day is YYYY-MM-DD from 1990-01-01 to 2099-12-31"},
    [REASON_OUT_OF_RANGE] = {"OUT_OF_RANGE", "数值超出允许范围", "the value is out of range"},
    [REASON_RESERVED_ATTRIBUTE] = {"RESERVED_ATTRIBUTE", "此属性由督办系统填写", "this attribute is set by duban"},
    [REASON_UNSUPPORTED_VERSION] = {"UNSUPPORTED_VERSION", "CloudEvents版本须为1.0",
                                    "the CloudEvents version must be 1.0"},
    [REASON_UNKNOWN_TYPE] = {"UNKNOWN_TYPE", "未知的事件类型", "the event type is unknown"},
    [REASON_MALFORMED_DATA] = {"MALFORMED_DATA", "事件数据与其类型不符",
                               "the data is not a message of the event's type"},
    [REASON_DUPLICATE_IDENTIFIER] = {"DUPLICATE_IDENTIFIER", "标识重复", "the identifier is used twice"},
    [REASON_WRONG_ORDER] = {"WRONG_ORDER", "先后顺序有误", "the order is wrong"},
    [REASON_WRONG_RULE] = {"WRONG_RULE", "与计算规则不符", "this does not fit the indicator's rule"},
    [REASON_UNKNOWN_DIVISION] = {"UNKNOWN_DIVISION", "该行政区划尚无计划", "the division has no plan"},
    [REASON_UNKNOWN_UNIT] = {"UNKNOWN_UNIT", "责任单位未列入计划", "the unit is not in the plan"},
    [REASON_UNKNOWN_MEASURE] = {"UNKNOWN_MEASURE", "计量项未列入计划", "the measure is not in the plan"},
    [REASON_UNKNOWN_GROUP] = {"UNKNOWN_GROUP", "项目类别未列入计划", "the group is not in the plan"},
    [REASON_UNKNOWN_PROJECT] = {"UNKNOWN_PROJECT", "项目未登记", "the project is not registered"},
    [REASON_UNKNOWN_MILESTONE] = {"UNKNOWN_MILESTONE", "项目没有这个节点", "the project has no such milestone"},
    [REASON_UNKNOWN_UPDATE] = {"UNKNOWN_UPDATE", "没有可撤回的上报", "there is no such report to take back"},
    [REASON_UNKNOWN_COMMITMENT] = {"UNKNOWN_COMMITMENT", "该年度计划没有这项任务",
                                   "the plan of that year has no such commitment"},
    [REASON_UNKNOWN_EXTENSION] = {"UNKNOWN_EXTENSION", "没有这个延期申请", "there is no such request for an extension"},
    [REASON_UNKNOWN_ALERT] = {"UNKNOWN_ALERT", "没有发出过这条提醒", "no such alert was sent"},
    [REASON_WRONG_UNIT] = {"WRONG_UNIT", "计量单位不符", "the unit of measurement is wrong"},
    [REASON_WRONG_REVISION] = {"WRONG_REVISION", "计划版本须为现行版本加一",
                               "the revision must be the published one plus one"},
    [REASON_WRONG_STATE] = {"WRONG_STATE", "当前状态不允许此操作", "the present state does not allow this"},
    [REASON_MEASURE_REDEFINED] = {"MEASURE_REDEFINED", "计量项的单位或类型与其他年度计划不一致",
                                  "another plan of the division defines this measure with another unit or kind"},
    [REASON_DAY_IN_FUTURE] = {"DAY_IN_FUTURE", "日期晚于今天", "the day lies in the future"},
    [REASON_DEADLINE_PASSED] = {"DEADLINE_PASSED", "完成时限已过，不再受理延期",
                                "the deadline has passed, it can no longer be extended"},
    [REASON_CALENDAR_MISSING] = {"CALENDAR_MISSING", "缺少该年度的工作日历，按工作日计算的提醒不会发出",
                                 "the year has no working calendar: alerts that count working days are not sent"},
    [REASON_NOT_RESPONSIBLE] = {"NOT_RESPONSIBLE", "不属于该单位的职责", "the unit is not responsible for this"},
    [REASON_CONFLICTING_CONTENT] = {"CONFLICTING_CONTENT", "同一来源和标识已存有不同内容",
                                    "another content was stored under this source and id"},
    [REASON_STORAGE_REFUSED] = {"STORAGE_REFUSED", "数据库拒绝存储此事件", "the database refuses to store this event"},
};

/* Copies what fits, '?' for every byte that is not part of valid text. */
static void copy_clean(char *out, size_t out_bytes, const char *text)
{
    size_t used = 0;
    while (*text != '\0' && used + 1 < out_bytes) {
        size_t space = out_bytes - 1 - used;
        size_t length = strlen(text);
        size_t valid = text_valid_bytes(text, length < space ? length : space);
        if (valid == 0) {
            if (length > space && space < 4 && text_valid_bytes(text, length) > 0)
                break; /* a character that does not fit any more */
            out[used++] = '?';
            text++;
            continue;
        }
        memcpy(out + used, text, valid);
        used += valid;
        text += valid;
    }
    out[used] = '\0';
}

enum rc reason_set(struct reason *out_reason, enum reason_code code, const char *field, const char *detail_format, ...)
{
    if (out_reason == NULL)
        return RC_REFUSED;
    char detail[512];
    va_list arguments;
    va_start(arguments, detail_format);
    vsnprintf(detail, sizeof detail, detail_format, arguments);
    va_end(arguments);
    out_reason->code = code;
    copy_clean(out_reason->field, sizeof out_reason->field, field);
    copy_clean(out_reason->detail, sizeof out_reason->detail, detail);
    return RC_REFUSED;
}

const char *reason_name(enum reason_code code)
{
    REQUIRE(code < REASON_COUNT && reasons[code].name != NULL);
    return reasons[code].name;
}

bool reason_find(const char *name, enum reason_code *out_code)
{
    for (int code = REASON_NONE; code < REASON_COUNT; code++)
        if (strcmp(reasons[code].name, name) == 0) {
            *out_code = (enum reason_code)code;
            return true;
        }
    return false;
}

static char *sentence(const char *text, const char *colon, const struct reason *reason,
                      char out_text[REASON_TEXT_BYTES])
{
    snprintf(out_text, REASON_TEXT_BYTES, "%s%s%s", text, reason->detail[0] == '\0' ? "" : colon, reason->detail);
    return out_text;
}

char *reason_text_zh(const struct reason *reason, char out_text[REASON_TEXT_BYTES])
{
    return sentence(reasons[reason->code].zh, "：", reason, out_text);
}

char *reason_text_en(const struct reason *reason, char out_text[REASON_TEXT_BYTES])
{
    return sentence(reasons[reason->code].en, ": ", reason, out_text);
}
